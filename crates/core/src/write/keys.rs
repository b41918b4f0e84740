//! The keys of heads in the store.

/// Beginning of the keys of branches' heads.
pub(crate) const HEADS: &str = "heads/";
/// Beginning of the keys of remotes' heads.
pub(crate) const REMOTES: &str = "remotes/";

/// Returns the key of a branch's head in the table of heads.
pub fn head_key(branch: &str) -> String {
    [HEADS, branch].concat()
}

/// Returns the key of a remote's head in the table of heads.
pub fn remote_key(name: &str) -> String {
    [REMOTES, name].concat()
}
