import NeedletailCore
import NeedletailFormats
import Testing

@Suite struct NPYTests {
    @Test(
        "a matrix survives, one row or many at a time",
        arguments: [
            NPYHeader.Element.half, .float, .double,
        ])
    func roundTrip(element: NPYHeader.Element) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("m.npy")
        let rows: [[Float]] = (0..<7).map { row in (0..<5).map { Float(row * 5 + $0) / 4 - 3 } }
        let writer = try NPYWriter(
            FileSink(path: path), element: element, rowCount: 7, dimension: 5)
        for row in rows { try writer.write(row) }
        try writer.finish()
        let file = try NPYFile(path: path)
        #expect(file.rowCount == 7 && file.dimension == 5 && file.header.dataOffset % 64 == 0)
        #expect(try (0..<7).map { try file.row($0) } == rows)
        var some: [Float] = [9]
        try file.read(2..<5, into: &some)
        #expect(some == [9] + rows[2..<5].joined())
        if element == .half {
            var halves: [UInt16] = []
            try file.readHalves(4..<5, into: &halves)
            let again = folder.file("again.npy")
            let second = try NPYWriter(
                FileSink(path: again), element: .half, rowCount: 1, dimension: 5)
            try second.write(HalfVector(bits: halves))
            try second.finish()
            #expect(try NPYFile(path: again).row(0) == rows[4])
        }
    }

    @Test("an empty matrix is one")
    func empty() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("m.npy")
        try NPYWriter(FileSink(path: path), element: .float, rowCount: 0, dimension: 3).finish()
        #expect(try NPYFile(path: path).rowCount == 0)
    }

    @Test(
        "headers of other writers are understood",
        arguments: [
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  \n",
            "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}",
            " { 'fortran_order' : False , 'shape' : ( 2 , 3 , ) , 'descr' : '<f4' } ",
        ], [1, 2, 3] as [UInt8])
    func headers(text: String, version: UInt8) throws {
        let header = try NPYHeader(parsing: prefix(text, version: version))
        #expect(header.element == .float && header.rowCount == 2 && header.dimension == 3)
        #expect(header.dataBytes == 24)
    }

    @Test(
        "what is no matrix of little-endian floats in C order is refused",
        arguments: [
            ("{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3)}", .badCopyFormat),
            ("{'descr': '<i8', 'fortran_order': False, 'shape': (2, 3)}", .badCopyFormat),
            ("{'descr': '|b1', 'fortran_order': False, 'shape': (2, 3)}", .badCopyFormat),
            ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3)}", .badCopyFormat),
            ("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}", .badCopyFormat),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}", .badCopyFormat),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': ()}", .badCopyFormat),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3)}", .badCopyFormat),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0)}", .badCopyFormat),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3)}", .badCopyFormat),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 16001)}", .programLimit),
            (
                "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 3)}",
                .programLimit
            ),
            (
                "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808, 3)}",
                .badCopyFormat
            ),
            ("{'descr': '<f4', 'fortran_order': False}", .badCopyFormat),
            (
                "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}",
                .badCopyFormat
            ),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} x", .badCopyFormat),
            ("{'descr': '<f4", .badCopyFormat), ("", .badCopyFormat), ("{}", .badCopyFormat),
            ("{'descr': '<f4' 'fortran_order': False, 'shape': (2, 3)}", .badCopyFormat),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (,)}", .badCopyFormat),
        ] as [(String, DatabaseError.Code)])
    func refusedHeaders(text: String, code: DatabaseError.Code) {
        expectRefusal(code) { () throws(DatabaseError) in
            try NPYHeader(parsing: prefix(text, version: 1))
        }
    }

    @Test("files that are cut, too long or of another kind are refused")
    func files() throws {
        let folder = try TemporaryFolder()
        let header = try NPYHeader(element: .float, rowCount: 2, dimension: 3).encoded
        for (content, name) in [
            (header + [UInt8](repeating: 0, count: 23), "short"),
            (header + [UInt8](repeating: 0, count: 25), "long"), (Array(header.prefix(30)), "cut"),
            ([], "empty"), (Array("{\"a\": 1}\n".utf8), "other"), (Array(header.prefix(9)), "stub"),
        ] {
            let path = try folder.write(content, to: name)
            expectRefusal(.badCopyFormat) { () throws(DatabaseError) in try NPYFile(path: path) }
        }
        expectRefusal(.undefinedFile) { () throws(DatabaseError) in
            try NPYFile(path: folder.file("none"))
        }
        expectRefusal(.undefinedFile) { () throws(DatabaseError) in try NPYFile(path: folder.path) }
    }

    @Test("NaN, infinities and doubles beyond a float are refused by row and component")
    func notFinite() throws {
        let folder = try TemporaryFolder()
        func file(_ element: NPYHeader.Element, _ data: [UInt8]) throws -> NPYFile {
            let header = try NPYHeader(element: element, rowCount: 2, dimension: 1).encoded
            return try NPYFile(path: try folder.write(header + data, to: "m.npy"))
        }
        let nan = try file(.float, [0, 0, 0, 0, 0, 0, 0xC0, 0x7F])
        let error = expectRefusal(.dataException) { () throws(DatabaseError) in try nan.row(1) }
        #expect(error?.message == "component 1 of row 1 is NaN or infinite")
        let infinite = try file(.half, [0, 0, 0, 0x7C])
        expectRefusal(.dataException) { () throws(DatabaseError) in
            var halves: [UInt16] = []
            try infinite.readHalves(0..<2, into: &halves)
            return halves
        }
        let large = try file(.double, [0, 0, 0, 0, 0, 0, 0, 0x7F, 0, 0, 0, 0, 0, 0, 0, 0])
        expectRefusal(.numericOutOfRange) { () throws(DatabaseError) in try large.row(0) }
    }

    @Test("a writer holds to what it announced")
    func announced() throws {
        let writer = try NPYWriter(ArraySink(), element: .half, rowCount: 1, dimension: 2)
        expectRefusal(.dataException) { () throws(DatabaseError) in try writer.write([1]) }
        expectRefusal(.dataException) { () throws(DatabaseError) in try writer.finish() }
        let full = try NPYWriter(ArraySink(), element: .half, rowCount: 1, dimension: 2)
        try full.write([1, 2])
        expectRefusal(.programLimit) { () throws(DatabaseError) in try full.write([1, 2]) }
    }

    @Test("mutated headers never trap")
    func fuzz() throws {
        let samples = [
            try NPYHeader(element: .half, rowCount: 63_666, dimension: 384).encoded,
            prefix("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", version: 2),
            prefix("{'shape':(1,16000),'descr':'<f4','fortran_order':True}", version: 3),
        ]
        Fuzzing.run(".npy headers", samples: samples) { bytes throws(DatabaseError) in
            _ = try NPYHeader(parsing: bytes)
        }
    }

    private func prefix(_ text: String, version: UInt8) -> [UInt8] {
        let length = UInt32(text.utf8.count)
        let size = (0..<(version == 1 ? 2 : 4)).map {
            UInt8(truncatingIfNeeded: length >> UInt32($0 * 8))
        }
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + size + Array(text.utf8)
    }
}
