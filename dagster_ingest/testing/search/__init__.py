"""What search applications ask of the indices, and what the answers have to be.

forms      the requests, as the documents of an index are asked
facts      what a stage partition says of each record, read without the documents' own code
questions, places, typed
           requests made for some facts, with the hits that a plain look at each fact gives
all        all of them about a tenant's records, by form
"""
