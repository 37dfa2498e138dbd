import Foundation
import NeedletailCore
import NeedletailText
import Testing

@Suite struct Base64Tests {
    @Test("all lengths agree with Foundation and survive", arguments: 0..<70)
    func roundTrip(length: Int) throws {
        var generator = SplitMix64(seed: UInt64(length))
        let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let text = Base64.encode(bytes)
        #expect(text == Data(bytes).base64EncodedString())
        #expect(try Base64.decode(text) == bytes)
    }

    @Test(
        "what is not strict base64 is refused where it goes wrong",
        arguments: [
            ("A", 1), ("AAA", 3), ("AA=A", 2), ("=AAA", 0), ("A===", 1), ("AB==", 1), ("AAB=", 2),
            ("AA-A", 2), ("AAAA\n", 5), ("AA A", 2), ("AA==AAAA", 2), ("é==", 0),
            ("AAAAé++", 4),
        ])
    func refusals(text: String, position: Int) {
        let error = expectRefusal(.invalidText) { () throws(DatabaseError) in
            try Base64.decode(text)
        }
        #expect(error?.position?.lower == position, "\(String(describing: error))")
    }

    @Test("a part of a longer text decodes")
    func slices() throws {
        #expect(try Base64.decode(Array("\"AAECAw==\"".utf8), in: 1..<9) == [0, 1, 2, 3])
    }
}
