import Synchronization

/// Indexes of lists, which lie in the store and not in segments.
extension SegmentLibrary {
    /// Remembers that something is wrong with the lists of `index`, so that the background builds
    /// them anew, and has what is known of them read again.
    package func noteDamage(ofLists index: UInt32) {
        damagedLists.withLock { _ = $0.insert(index) }
        states.withLock { states in states.removeAll { $0.index == index } }
    }

    /// Whether that was found in this process, and the lists were not built since.
    package func hasDamage(ofLists index: UInt32) -> Bool {
        damagedLists.withLock { $0.contains(index) }
    }

    /// The lists of `index` were built anew.
    package func forgetDamage(ofLists index: UInt32) {
        damagedLists.withLock { _ = $0.remove(index) }
    }
}
