//! Ranges of head names, and of their keys.

use std::ops::Bound;

/// Names of branches or of remotes, in byte order.
#[derive(Debug, Clone, Copy)]
pub struct NameRange<'a> {
    /// The beginning of each name.
    pub prefix: &'a str,
    /// The name after which the range starts.
    pub after: Option<&'a str>,
    /// At most this many names.
    pub limit: usize,
}

impl NameRange<'static> {
    /// All names.
    pub const ALL: Self = Self { prefix: "", after: None, limit: usize::MAX };
}

/// The keys of a range of names.
pub(crate) struct KeyRange {
    /// The beginning of each key.
    pub(crate) prefix: String,
    /// Where the first key is looked for.
    pub(crate) start: Bound<String>,
    /// At most this many keys.
    pub(crate) limit: usize,
}

impl KeyRange {
    /// `space`: `heads/` or `remotes/`.
    pub(crate) fn of(space: &str, range: &NameRange<'_>) -> Self {
        let prefix = [space, range.prefix].concat();
        let after = range.after.map(|after| [space, after].concat());
        let start = match after.filter(|after| *after >= prefix) {
            Some(after) => Bound::Excluded(after),
            None => Bound::Included(prefix.clone()),
        };
        Self { prefix, start, limit: range.limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(prefix: &str, after: Option<&str>) -> Bound<String> {
        KeyRange::of("heads/", &NameRange { prefix, after, limit: 1 }).start
    }

    #[test]
    fn a_range_starts_after_the_name_that_it_follows_and_not_before_its_prefix() {
        assert_eq!(start("", None), Bound::Included("heads/".into()));
        assert_eq!(start("b", None), Bound::Included("heads/b".into()));
        assert_eq!(start("b", Some("a")), Bound::Included("heads/b".into()));
        assert_eq!(start("b", Some("b")), Bound::Excluded("heads/b".into()));
        assert_eq!(start("b", Some("c")), Bound::Excluded("heads/c".into()));
    }
}
