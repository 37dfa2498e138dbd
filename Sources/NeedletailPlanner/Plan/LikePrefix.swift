import NeedletailCore

/// The fixed beginning of a `LIKE` pattern, which bounds the texts that can match.
struct LikePrefix {
    let text: String

    /// `nil` where the pattern is not a constant or begins with a wildcard.
    init?(pattern: BoundExpression, escape: BoundExpression?) {
        guard case .constant(.text(let pattern)) = pattern.kind else { return nil }
        var escapeScalar: Unicode.Scalar? = "\\"
        if let escape {
            guard case .constant(.text(let given)) = escape.kind else { return nil }
            escapeScalar = given.unicodeScalars.first
        }
        var prefix = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in pattern.unicodeScalars {
            if isEscaped {
                isEscaped = false
            } else if scalar == escapeScalar {
                isEscaped = true
                continue
            } else if scalar == "%" || scalar == "_" {
                break
            }
            prefix.append(scalar)
        }
        guard !prefix.isEmpty else { return nil }
        text = String(prefix)
    }

    /// The least text after all those that begin with the prefix, or `nil` if there is none.
    ///
    /// Scalar order is byte order in UTF-8, so raising the last scalar that can be raised is
    /// enough.
    var successor: String? {
        var scalars = Array(text.unicodeScalars)
        while let last = scalars.popLast() {
            let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
            guard let raised = Unicode.Scalar(next) else { continue }
            scalars.append(raised)
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            return String(view)
        }
        return nil
    }

    /// Both bounds on `target`, which holds texts.
    func predicates(on target: KeyTarget) -> [KeyPredicate] {
        let lower = KeyCondition.Bound(value: .constant(.text(text), .text), isInclusive: true)
        var found = [KeyPredicate(target: target, test: .lower(lower))]
        if let successor {
            let upper = KeyCondition.Bound(
                value: .constant(.text(successor), .text), isInclusive: false)
            found.append(KeyPredicate(target: target, test: .upper(upper)))
        }
        return found
    }
}
