extension Builtin {
    /// The symbol it is written with, for those that stand between two operands.
    var operatorText: String? {
        switch self {
        case .add, .subtract, .multiply, .divide, .modulo, .power, .concatText, .jsonGet,
            .jsonGetText, .jsonGetPath, .jsonGetPathText, .jsonContains, .jsonContained,
            .jsonHasKey, .jsonHasAnyKey, .jsonHasAllKeys:
            rawValue
        case .dateAddDays, .vectorAdd: "+"
        case .dateSubtractDays, .dateDifference, .vectorSubtract, .jsonDelete: "-"
        case .vectorMultiply: "*"
        case .jsonConcat, .arrayConcat, .vectorConcat: "||"
        case .arrayContains: "@>"
        case .arrayContained: "<@"
        case .arrayOverlaps: "&&"
        default: nil
        }
    }

    /// The name of the SQL function that it is.
    var sqlName: String {
        switch self {
        case .octetLength: "octet_length"
        case .leftTrim: "ltrim"
        case .rightTrim: "rtrim"
        case .trim: "btrim"
        case .position: "strpos"
        case .startsWith: "starts_with"
        case .endsWith: "ends_with"
        case .repeatText: "repeat"
        case .splitPart: "split_part"
        case .leftPad: "lpad"
        case .rightPad: "rpad"
        case .currentDate: "current_date"
        case .dateTrunc: "date_trunc"
        case .toTimestamp: "to_timestamp"
        case .jsonSet: "jsonb_set"
        case .jsonTypeof: "jsonb_typeof"
        case .jsonArrayLength: "jsonb_array_length"
        case .toJSON: "to_jsonb"
        case .jsonBuildObject: "jsonb_build_object"
        case .jsonBuildArray: "jsonb_build_array"
        case .jsonStripNulls: "jsonb_strip_nulls"
        case .arrayAppend: "array_append"
        case .arrayLength: "array_length"
        case .arrayPosition: "array_position"
        case .arrayToString: "array_to_string"
        case .stringToArray: "string_to_array"
        case .vectorDims: "vector_dims"
        case .vectorNorm: "vector_norm"
        case .l2Normalize: "l2_normalize"
        case .binaryQuantize: "binary_quantize"
        case .innerProduct: "inner_product"
        case .uuidRandom: "gen_random_uuid"
        case .pgTypeof: "pg_typeof"
        case .currentDatabase: "current_database"
        default: rawValue
        }
    }
}

extension Aggregate {
    /// The name of the SQL function that it is.
    var sqlName: String {
        switch self {
        case .countRows: "count"
        case .boolAnd: "bool_and"
        case .boolOr: "bool_or"
        case .stringAgg: "string_agg"
        case .arrayAgg: "array_agg"
        case .count, .sum, .avg, .min, .max: rawValue
        }
    }
}
