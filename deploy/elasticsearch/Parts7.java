import java.util.Map;
import org.elasticsearch.index.mapper.GeoShapeFieldMapper;
import org.elasticsearch.index.mapper.Mapper;
import org.elasticsearch.plugins.MapperPlugin;

/** Version 7: its jars hold `geo_shape`, and a module that Maven does not have names it. */
public class Parts7 extends Folding implements MapperPlugin {
    @Override
    public Map<String, Mapper.TypeParser> getMappers() {
        return Map.of("geo_shape", GeoShapeFieldMapper.PARSER);
    }
}
