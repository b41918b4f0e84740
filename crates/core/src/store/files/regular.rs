//! Opening files that must be regular: a FIFO would block for ever, and opening a device may have effects.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a regular file with `options`. Never waits for the other end of a pipe.
///
/// # Errors
/// `InvalidInput`, naming the kind, if it is something else; any error of opening.
pub(in crate::store) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    if let Ok(found) = path.metadata() {
        expect_regular(&found)?;
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, libc::O_NONBLOCK);
    let file = options.open(path)?;
    expect_regular(&file.metadata()?)?;
    Ok(file)
}

fn expect_regular(found: &Metadata) -> io::Result<()> {
    let kind = found.file_type();
    if kind.is_file() {
        return Ok(());
    }
    let message = format!("it is no regular file but {}", name_of(kind));
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

#[cfg(unix)]
fn name_of(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match kind {
        _ if kind.is_dir() => "a folder",
        _ if kind.is_fifo() => "a FIFO",
        _ if kind.is_socket() => "a socket",
        _ if kind.is_block_device() || kind.is_char_device() => "a device",
        _ => "something else",
    }
}

#[cfg(not(unix))]
fn name_of(kind: FileType) -> &'static str {
    if kind.is_dir() { "a folder" } else { "something else" }
}
