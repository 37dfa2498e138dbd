import NeedletailCore

/// The functions by name, as PostgreSQL and pgvector spell them.
enum FunctionTable {
    static func signatures(of name: String) -> [FunctionSignature]? { all[name] }

    /// Every name, for suggestions; the special forms too.
    static var names: [String] {
        (Array(all.keys) + Array(distances.keys) + AggregateTable.names + [
            "coalesce", "nullif", "greatest", "least", "concat", "jsonb_build_object",
            "jsonb_build_array", "generate_series", "unnest",
        ]).sorted()
    }

    /// Distances as functions, smaller is nearer.
    static let distances: [String: Metric] = [
        "l2_distance": .l2, "cosine_distance": .cosine, "l1_distance": .l1,
        "negative_inner_product": .innerProduct, "vector_negative_inner_product": .innerProduct,
        "hamming_distance": .hamming, "jaccard_distance": .jaccard,
    ]

    private static let all: [String: [FunctionSignature]] = {
        var table: [String: [FunctionSignature]] = [:]
        for group in [numbers, texts, times, documents, arrays, vectors, others] {
            table.merge(group) { first, _ in first }
        }
        return table
    }()

    private static let double = ArgumentPattern.type(.double)
    private static let text = ArgumentPattern.type(.text)
    private static let integer = ArgumentPattern.type(.int)
    private static let bigint = ArgumentPattern.type(.bigint)
    private static let json = ArgumentPattern.type(.jsonb)
    private static let moment = ArgumentPattern.type(.timestamptz)

    private typealias Form = FunctionSignature

    private static func ofDouble(_ builtin: Builtin) -> [FunctionSignature] {
        [Form(builtin, [double], .type(.double))]
    }

    private static func ofText(_ builtin: Builtin) -> [FunctionSignature] {
        [Form(builtin, [text], .type(.text))]
    }

    private static let numbers: [String: [FunctionSignature]] = [
        "abs": [Form(.abs, [.number], .first)],
        "ceil": ofDouble(.ceil), "ceiling": ofDouble(.ceil), "floor": ofDouble(.floor),
        "round": [Form(.round, [double, integer], optional: 1, .type(.double))],
        "trunc": ofDouble(.trunc), "sqrt": ofDouble(.sqrt), "exp": ofDouble(.exp),
        "ln": ofDouble(.ln), "log": ofDouble(.log10), "log10": ofDouble(.log10),
        "sign": ofDouble(.sign), "pi": [Form(.pi, [], .type(.double))],
        "power": [Form(.power, [double, double], .type(.double))],
        "pow": [Form(.power, [double, double], .type(.double))],
        "mod": [
            Form(.mod, [integer, integer], .type(.int)),
            Form(.mod, [bigint, bigint], .type(.bigint)),
        ],
        "random": [Form(.random, [], .type(.double))],
    ]

    private static let texts: [String: [FunctionSignature]] = [
        "length": [Form(.length, [text], .type(.int))],
        "char_length": [Form(.length, [text], .type(.int))],
        "character_length": [Form(.length, [text], .type(.int))],
        "octet_length": [
            Form(.octetLength, [text], .type(.int)),
            Form(.octetLength, [.type(.bytea)], .type(.int)),
        ],
        "lower": ofText(.lower), "upper": ofText(.upper), "initcap": ofText(.initcap),
        "reverse": ofText(.reverse),
        "trim": [Form(.trim, [text, text], optional: 1, .type(.text))],
        "btrim": [Form(.trim, [text, text], optional: 1, .type(.text))],
        "ltrim": [Form(.leftTrim, [text, text], optional: 1, .type(.text))],
        "rtrim": [Form(.rightTrim, [text, text], optional: 1, .type(.text))],
        "substring": [Form(.substring, [text, integer, integer], optional: 1, .type(.text))],
        "substr": [Form(.substring, [text, integer, integer], optional: 1, .type(.text))],
        "replace": [Form(.replace, [text, text, text], .type(.text))],
        "strpos": [Form(.position, [text, text], .type(.int))],
        "position": [Form(.position, [text, text], .type(.int))],
        "starts_with": [Form(.startsWith, [text, text], .type(.boolean))],
        "ends_with": [Form(.endsWith, [text, text], .type(.boolean))],
        "repeat": [Form(.repeatText, [text, integer], .type(.text))],
        "left": [Form(.left, [text, integer], .type(.text))],
        "right": [Form(.right, [text, integer], .type(.text))],
        "split_part": [Form(.splitPart, [text, text, integer], .type(.text))],
        "lpad": [Form(.leftPad, [text, integer, text], optional: 1, .type(.text))],
        "rpad": [Form(.rightPad, [text, integer, text], optional: 1, .type(.text))],
    ]

    private static let times: [String: [FunctionSignature]] = [
        "now": [Form(.now, [], .type(.timestamptz))],
        "current_timestamp": [Form(.now, [], .type(.timestamptz))],
        "transaction_timestamp": [Form(.now, [], .type(.timestamptz))],
        "current_date": [Form(.currentDate, [], .type(.date))],
        "extract": [
            Form(.extract, [text, moment], .type(.double)),
            Form(.extract, [text, .type(.date)], .type(.double)),
        ],
        "date_part": [
            Form(.extract, [text, moment], .type(.double)),
            Form(.extract, [text, .type(.date)], .type(.double)),
        ],
        "date_trunc": [Form(.dateTrunc, [text, moment], .type(.timestamptz))],
        "to_timestamp": [Form(.toTimestamp, [double], .type(.timestamptz))],
    ]

    private static let documents: [String: [FunctionSignature]] = [
        "jsonb_typeof": [Form(.jsonTypeof, [json], .type(.text))],
        "json_typeof": [Form(.jsonTypeof, [json], .type(.text))],
        "jsonb_array_length": [Form(.jsonArrayLength, [json], .type(.int))],
        "json_array_length": [Form(.jsonArrayLength, [json], .type(.int))],
        "jsonb_set": [Form(.jsonSet, [json, .type(.array(.text)), json], .type(.jsonb))],
        "jsonb_strip_nulls": [Form(.jsonStripNulls, [json], .type(.jsonb))],
        "json_strip_nulls": [Form(.jsonStripNulls, [json], .type(.jsonb))],
        "to_jsonb": [Form(.toJSON, [.any], .type(.jsonb))],
        "to_json": [Form(.toJSON, [.any], .type(.jsonb))],
    ]

    private static let arrays: [String: [FunctionSignature]] = [
        "array_length": [Form(.arrayLength, [.array, integer], .type(.int))],
        "cardinality": [Form(.cardinality, [.array], .type(.int))],
        "array_append": [Form(.arrayAppend, [.array, .element], .first)],
        "array_cat": [Form(.arrayConcat, [.array, .array], .first)],
        "array_position": [Form(.arrayPosition, [.array, .element], .type(.int))],
        "array_to_string": [Form(.arrayToString, [.array, text, text], optional: 1, .type(.text))],
        "string_to_array": [Form(.stringToArray, [text, text], .type(.array(.text)))],
    ]

    private static let vectors: [String: [FunctionSignature]] = [
        "vector_dims": [Form(.vectorDims, [.anyVector], .type(.int))],
        "vector_norm": [Form(.vectorNorm, [.floatVector], .type(.double))],
        "l2_norm": [Form(.vectorNorm, [.floatVector], .type(.double))],
        "l2_normalize": [Form(.l2Normalize, [.floatVector], .first)],
        "subvector": [Form(.subvector, [.floatVector, integer, integer], .subvector)],
        "binary_quantize": [Form(.binaryQuantize, [.floatVector], .bitsOfFirst)],
    ]

    private static let others: [String: [FunctionSignature]] = [
        "gen_random_uuid": [Form(.uuidRandom, [], .type(.uuid))],
        "uuid_generate_v4": [Form(.uuidRandom, [], .type(.uuid))],
        "version": [Form(.version, [], .type(.text))],
        "pg_typeof": [Form(.pgTypeof, [.any], .type(.text))],
        "current_database": [Form(.currentDatabase, [], .type(.text))],
    ]
}
