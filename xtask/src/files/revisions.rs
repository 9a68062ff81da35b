//! Reading the folder of revisions: many small files, of which only the beginning matters at first.

use std::io::{ErrorKind, Read};

use camino::Utf8Path;

use super::{FilesError, Project};
use crate::revision::HeadOfFile;

/// Longer than any header that people write; a header that is longer is read to its end.
const HEAD: usize = 2048;

/// Below this a second thread costs more than it brings.
const FILES_FOR_A_THREAD: usize = 256;

impl Project {
    /// The files of a folder, with the beginning of those that carry a header. A folder that is not there is empty.
    ///
    /// # Errors
    /// The folder or a file cannot be read.
    pub fn revision_heads(&self, folder: &Utf8Path) -> Result<Vec<HeadOfFile>, FilesError> {
        let names = self.names_in(folder)?;
        let at = self.path(folder);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = names.len().div_ceil(threads).max(FILES_FOR_A_THREAD);
        let read = |names: &[String]| -> Result<Vec<HeadOfFile>, FilesError> {
            let mut buffer = vec![0; HEAD];
            names.iter().map(|name| read_head(&at, folder, name, &mut buffer)).collect()
        };
        if names.len() <= share {
            return read(&names);
        }
        let parts = std::thread::scope(|scope| {
            let threads: Vec<_> = names.chunks(share).map(|names| scope.spawn(|| read(names))).collect();
            let joined = threads.into_iter().map(|thread| thread.join());
            joined.map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect::<Vec<_>>()
        });
        let mut heads = Vec::with_capacity(names.len());
        for part in parts {
            heads.extend(part?);
        }
        Ok(heads)
    }

    fn names_in(&self, folder: &Utf8Path) -> Result<Vec<String>, FilesError> {
        let entries = match std::fs::read_dir(self.path(folder)) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(cause) => return Err(FilesError::read(folder, &cause)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|cause| FilesError::read(folder, &cause))?;
            // A name that is not Unicode is no revision's.
            if let Ok(name) = entry.file_name().into_string() {
                names.push(name);
            }
        }
        // They are needed in order, and names alone are quicker to sort than files.
        names.sort_unstable();
        Ok(names)
    }
}

fn read_head(at: &Utf8Path, folder: &Utf8Path, name: &str, buffer: &mut [u8]) -> Result<HeadOfFile, FilesError> {
    if !name.ends_with(".up.sql") {
        return Ok(HeadOfFile::named(name.to_owned()));
    }
    let read = read_beginning(&at.join(name), buffer);
    let (bytes, is_whole) = read.map_err(|cause| FilesError::read(&folder.join(name), &cause))?;
    Ok(HeadOfFile::up(folder, name.to_owned(), bytes, is_whole))
}

/// The beginning of a file with the whole of its header, and whether that is the whole file.
fn read_beginning(path: &Utf8Path, buffer: &mut [u8]) -> std::io::Result<(Vec<u8>, bool)> {
    let mut file = std::fs::File::open(path)?;
    let length = file.read(buffer)?;
    let mut bytes = buffer[..length].to_vec();
    let mut is_whole = length < buffer.len();
    if length == buffer.len() && is_all_comment(&bytes) {
        file.read_to_end(&mut bytes)?;
        is_whole = true;
    }
    Ok((bytes, is_whole))
}

/// Whether a header may go on behind these bytes.
fn is_all_comment(bytes: &[u8]) -> bool {
    bytes.split(|&byte| byte == b'\n').all(|line| line.starts_with(b"--") || b"--".starts_with(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revision::RevisionSet;

    fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Project) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = Utf8Path::from_path(folder.path()).expect("UTF-8").to_owned();
        std::fs::create_dir(root.join("m")).expect("created");
        for (name, text) in files {
            std::fs::write(root.join("m").join(name), text).expect("written");
        }
        (folder, Project::at(&root))
    }

    #[test]
    fn a_folder_that_is_missing_is_empty() {
        let (_folder, project) = project(&[]);
        assert!(project.revision_heads("nothing".into()).expect("read").is_empty());
    }

    #[test]
    fn long_headers_are_read_to_their_end_and_long_bodies_are_not() {
        let header = "-- a line of a very long header\n".repeat(200) + "-- revises:\n";
        let body = "-- revises:\n".to_owned() + &"select 1;\n".repeat(1000);
        let (_folder, project) = project(&[("1_a.up.sql", &header), ("2_b.up.sql", &body)]);
        let read = |name: &str| read_beginning(&project.path("m").join(name), &mut [0; HEAD]).expect("read");
        let ((all, is_whole), (beginning, is_all)) = (read("1_a.up.sql"), read("2_b.up.sql"));
        assert_eq!((all, is_whole), (header.into_bytes(), true));
        assert_eq!((beginning.len(), is_all), (HEAD, false));
    }

    #[test]
    fn many_files_are_read_by_several_threads_and_none_is_lost() {
        let names: Vec<String> = (0..350).map(|number| format!("{number}_a")).collect();
        let files = names.iter().flat_map(|name| {
            let header = format!("-- revises:\n-- revision: {name}\n");
            [(format!("{name}.up.sql"), header), (format!("{name}.down.sql"), String::new())]
        });
        let files: Vec<(String, String)> = files.collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let (_folder, project) = project(&files);
        let (set, errors) = RevisionSet::read("m".into(), project.revision_heads("m".into()).expect("read"));
        assert_eq!((set.revisions().len(), errors), (350, Vec::new()));
        assert!(names.iter().all(|name| set.whole_up_file(name).is_some_and(|bytes| !bytes.is_empty())));
    }
}
