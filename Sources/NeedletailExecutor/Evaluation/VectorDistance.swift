package import NeedletailCore
import NeedletailKernels
import NeedletailText

/// Distances between two values, by the kernels that searches use.
package enum VectorDistance {
    /// NULL where either side is; 22000 where the dimensions differ.
    package static func distance(
        _ left: Value, _ right: Value, metric: Metric
    ) throws(DatabaseError) -> Value {
        switch (left, right) {
        case (.vector(let left), .vector(let right)):
            .double(try vectorDistance(left, right, metric: metric))
        case (.halfvec(let left), .halfvec(let right)):
            .double(try vectorDistance(left, right, metric: metric))
        case (.bits(let left), .bits(let right)):
            .double(try vectorDistance(left, right, metric: metric))
        default: .null
        }
    }

    /// Components of a vector value; `nil` for any other value.
    static func dimension(of value: Value) -> Int? {
        switch value {
        case .vector(let components): components.count
        case .halfvec(let half): half.bits.count
        case .bits(let bits): bits.count
        default: nil
        }
    }

    static func requireEqual(_ left: Int, _ right: Int) throws(DatabaseError) {
        guard left == right else {
            throw DatabaseError(
                .dataException, "different vector dimensions \(left) and \(right)",
                hint: "use vectors of one dimension")
        }
    }
}
