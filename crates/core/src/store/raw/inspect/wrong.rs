//! Reasons to refuse a file.

use std::io;
use std::path::Path;

use crate::Error;
use crate::store::files::fault;
use crate::store::format::FORMAT_VERSION;

pub(super) const BAD_PAGE: Wrong = Wrong::Damaged("a page is inconsistent");

/// Why a file is refused.
pub(in crate::store) enum Wrong {
    Io(io::Error),
    Damaged(&'static str),
    Foreign(&'static str),
    Newer(String),
}

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Wrong {
    /// Converts it into an error about the file at `path`.
    pub(in crate::store) fn refusal(self, path: &Path) -> Error {
        let path_text = path.display();
        let message = match self {
            Self::Io(error) => return fault::from_io("read", path, &error),
            Self::Newer(version) => {
                return Error::Store {
                    message: format!(
                        "{path_text} has the newer format {version}; update histo-revisions"
                    ),
                    cause: format!("this version reads format {FORMAT_VERSION}"),
                };
            }
            Self::Damaged(what) => format!("{path_text} is damaged: {what}"),
            Self::Foreign(what) => {
                format!("{path_text} is not a database of histo-revisions: {what}")
            }
        };
        Error::Corrupt { message, subject: None }
    }
}
