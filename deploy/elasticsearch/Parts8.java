import java.util.Map;
import org.elasticsearch.index.mapper.Mapper;
import org.elasticsearch.index.mapper.TextFieldMapper;
import org.elasticsearch.index.mapper.flattened.FlattenedFieldMapper;
import org.elasticsearch.plugins.MapperPlugin;

/**
 * Version 8: stand-ins for two field types of modules that Maven does not have. Documents are taken as ever;
 * shapes cannot be asked for, and suggestions are plain texts.
 */
public class Parts8 extends Folding implements MapperPlugin {
    @Override
    public Map<String, Mapper.TypeParser> getMappers() {
        return Map.of("geo_shape", FlattenedFieldMapper.PARSER, "search_as_you_type", TextFieldMapper.PARSER);
    }
}
