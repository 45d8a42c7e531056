"""Pages that open from disk: sections in English and German, drawn charts, one file without any request."""
