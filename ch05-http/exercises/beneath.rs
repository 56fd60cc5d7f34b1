//! Beneath the folder.
//!
//! A server gives out the files of a folder, and nothing else. `beneath` looks for `..` in the path before it goes
//! to the disk. But a path may be written in more than one way.
//!
//! Let no path lead out of the folder, and no name become another one on its way.
//!
//! Hint: `%2e` is a dot, and `%2f` is a slash. Cut first, decode then, and look last.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

/// Where the file of this path is; `None` when there can be none.
fn beneath(folder: &Path, path: &str) -> Option<PathBuf> {
    // SOLUTION
    let mut file = folder.to_path_buf();
    for segment in path.split('/') {
        let name = percent_decode_str(segment).decode_utf8().ok()?;
        let leads_elsewhere = matches!(&*name, "" | "." | "..");
        if leads_elsewhere || name.contains(['/', '\\', '\0']) {
            return None;
        }
        file.push(&*name);
    }
    Some(file)
    // START
    // if path.split('/').any(|segment| segment == "..") {
    //     return None;
    // }
    // let path = percent_decode_str(path).decode_utf8().ok()?;
    // Some(folder.join(&*path))
    // END
}

fn of(path: &str) -> Option<PathBuf> {
    beneath(Path::new("/srv"), path)
}

#[test]
fn a_file_is_found_by_its_name_however_that_is_written() {
    assert_eq!(of("a.txt"), Some("/srv/a.txt".into()));
    assert_eq!(of("b/%61.txt"), Some("/srv/b/a.txt".into()));
    assert_eq!(of("a%20b"), Some("/srv/a b".into()));
    assert_eq!(of("..a"), Some("/srv/..a".into()));
}

#[test]
fn no_path_leads_out() {
    for path in [
        "..",
        "../key",
        "a/../../key",
        "%2e%2e/key",
        ".%2E/key",
        "..%2fkey",
        "a/%2e%2e%2f%2e%2e%2fkey",
    ] {
        assert_eq!(of(path), None, "{path}");
    }
    // `Path::join` of an absolute path forgets what was before.
    for path in ["/etc/passwd", "%2fetc%2fpasswd"] {
        assert_eq!(of(path), None, "{path}");
    }
    for path in ["a%00.txt", "%ff", "a//b", "a\\..\\b"] {
        assert_eq!(of(path), None, "{path}");
    }
}
