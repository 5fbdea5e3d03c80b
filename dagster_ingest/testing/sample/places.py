"""Places of the sample: real cities, counties and ZIP codes as plain facts, by state."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """`lat`, `lon` in degrees, near the middle of the city."""

    city: str
    county: str
    state: str
    zip: str
    lat: float
    lon: float
    area: str


STATE_NAMES = {
    "AL": "Alabama", "CA": "California", "CO": "Colorado", "DC": "District of Columbia", "FL": "Florida",
    "IA": "Iowa", "MI": "Michigan", "MN": "Minnesota", "NC": "North Carolina", "NE": "Nebraska",
    "PA": "Pennsylvania", "VA": "Virginia", "WA": "Washington",
}  # fmt: skip

_FACTS = {
    "IA": """
        Des Moines|Polk|50309|41.586|-93.625|515
        Ames|Story|50010|42.034|-93.620|515
        Cedar Rapids|Linn|52401|41.976|-91.669|319
        Davenport|Scott|52801|41.523|-90.576|563
        Sioux City|Woodbury|51101|42.496|-96.405|712
        Waterloo|Black Hawk|50703|42.493|-92.342|319""",
    "NE": """
        Omaha|Douglas|68102|41.259|-95.938|402
        Lincoln|Lancaster|68508|40.814|-96.703|402
        Grand Island|Hall|68801|40.925|-98.342|308
        Kearney|Buffalo|68847|40.700|-99.083|308
        Norfolk|Madison|68701|42.033|-97.417|402
        Scottsbluff|Scotts Bluff|69361|41.866|-103.667|308""",
    "DC": """
        Washington|District of Columbia|20001|38.910|-77.018|202
        Washington|District of Columbia|20009|38.919|-77.037|202
        Washington|District of Columbia|20011|38.952|-77.020|202
        Washington|District of Columbia|20019|38.893|-76.945|202""",
    "CA": """
        San Francisco|San Francisco|94102|37.779|-122.419|415
        San Francisco|San Francisco|94110|37.748|-122.415|415
        Oakland|Alameda|94607|37.805|-122.285|510
        San Rafael|Marin|94901|37.974|-122.531|415
        Richmond|Contra Costa|94801|37.936|-122.353|510
        San José|Santa Clara|95112|37.345|-121.884|408""",
    "CO": """
        Denver|Denver|80202|39.752|-104.999|303
        Boulder|Boulder|80302|40.017|-105.285|303
        Fort Collins|Larimer|80524|40.599|-105.058|970
        Pueblo|Pueblo|81003|38.288|-104.620|719
        Grand Junction|Mesa|81501|39.072|-108.550|970
        Durango|La Plata|81301|37.275|-107.880|970""",
    "FL": """
        Tallahassee|Leon|32301|30.438|-84.281|850
        Pensacola|Escambia|32501|30.421|-87.217|850
        Panama City|Bay|32401|30.159|-85.660|850
        Jacksonville|Duval|32202|30.325|-81.648|904
        St. Augustine|St. Johns|32084|29.901|-81.312|904
        Gainesville|Alachua|32601|29.652|-82.325|352""",
    "AL": """
        Mobile|Mobile|36602|30.691|-88.045|251
        Montgomery|Montgomery|36104|32.373|-86.308|334
        Birmingham|Jefferson|35203|33.519|-86.810|205
        Huntsville|Madison|35801|34.729|-86.585|256
        Dothan|Houston|36301|31.223|-85.391|334
        Foley|Baldwin|36535|30.406|-87.684|251""",
    "PA": """
        Harrisburg|Dauphin|17101|40.262|-76.882|717
        Lancaster|Lancaster|17602|40.036|-76.300|717
        Reading|Berks|19601|40.346|-75.935|610
        Erie|Erie|16501|42.126|-80.086|814
        Scranton|Lackawanna|18503|41.409|-75.665|570
        State College|Centre|16801|40.791|-77.859|814""",
    "WA": """
        Seattle|King|98104|47.603|-122.330|206
        Tacoma|Pierce|98402|47.253|-122.444|253
        Spokane|Spokane|99201|47.659|-117.426|509
        Yakima|Yakima|98901|46.602|-120.506|509
        Bellingham|Whatcom|98225|48.751|-122.479|360
        Olympia|Thurston|98501|47.038|-122.901|360""",
    "NC": """
        Raleigh|Wake|27601|35.780|-78.639|919
        Durham|Durham|27701|35.994|-78.899|919
        Charlotte|Mecklenburg|28202|35.227|-80.843|704
        Asheville|Buncombe|28801|35.595|-82.551|828
        Wilmington|New Hanover|28401|34.236|-77.946|910
        Greensboro|Guilford|27401|36.073|-79.792|336""",
    "MI": """
        Detroit|Wayne|48226|42.331|-83.046|313
        Grand Rapids|Kent|49503|42.963|-85.668|616
        Lansing|Ingham|48933|42.733|-84.556|517
        Flint|Genesee|48502|43.013|-83.687|810
        Traverse City|Grand Traverse|49684|44.763|-85.621|231
        Marquette|Marquette|49855|46.544|-87.395|906""",
    "VA": """
        Richmond|Richmond City|23219|37.541|-77.436|804
        Norfolk|Norfolk City|23510|36.851|-76.286|757
        Roanoke|Roanoke City|24011|37.271|-79.941|540
        Newport News|Newport News City|23607|36.979|-76.428|757
        Charlottesville|Albemarle|22902|38.029|-78.477|434
        Winchester|Frederick|22601|39.186|-78.163|540""",
    "MN": """
        Minneapolis|Hennepin|55401|44.986|-93.270|612
        St. Paul|Ramsey|55101|44.951|-93.090|651
        Duluth|St. Louis|55802|46.781|-92.094|218
        Rochester|Olmsted|55902|44.013|-92.481|507
        Mankato|Blue Earth|56001|44.164|-94.000|507
        Moorhead|Clay|56560|46.874|-96.768|218""",
}


def _read(state: str, text: str) -> tuple[Place, ...]:
    lines = (line.strip().split("|") for line in text.strip().splitlines())
    return tuple(Place(c, n, state, z, float(a), float(o), p) for c, n, z, a, o, p in lines)


PLACES = {state: _read(state, text) for state, text in _FACTS.items()}
