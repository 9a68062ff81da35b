//! Writing: all of a file or none of it, and several files together.

use std::io::{ErrorKind, Write};

use camino::{Utf8Path, Utf8PathBuf};

use super::{FilesError, Project};

impl Project {
    /// Writes new files. Each appears complete, under its final name, and only if nothing was there; where one cannot be
    /// written, none is left. Folders are created as needed.
    ///
    /// # Errors
    /// A file exists, or cannot be written.
    pub fn write_new(&self, files: &[(&Utf8Path, &str)]) -> Result<(), FilesError> {
        let mut written: Vec<Utf8PathBuf> = Vec::new();
        for (relative, text) in files {
            if let Err(error) = self.write_one(relative, text) {
                for path in written {
                    let _ = std::fs::remove_file(path);
                }
                return Err(error);
            }
            written.push(self.path(relative));
        }
        Ok(())
    }

    /// Writes or replaces several files. All are written under passing names first; where one cannot be put into its place,
    /// those before it become what they were.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write_together(&self, files: &[(Utf8PathBuf, String)]) -> Result<(), FilesError> {
        let mut drafts = Vec::with_capacity(files.len());
        let mut done: Vec<(Utf8PathBuf, Option<Vec<u8>>)> = Vec::new();
        let mut written = Ok(());
        let new_folders = self.folders_to_come(files);
        for (relative, text) in files {
            match self.draft(relative, text) {
                Ok(draft) => drafts.push((relative, draft)),
                Err(error) => {
                    written = Err(error);
                    break;
                }
            }
        }
        for (relative, draft) in &drafts {
            if written.is_err() {
                break;
            }
            let path = self.path(relative);
            let before = std::fs::read(&path).ok();
            written = std::fs::rename(draft, &path).map_err(|cause| FilesError::write(relative, &cause));
            if written.is_ok() {
                done.push((path, before));
            }
        }
        if written.is_err() {
            drafts.iter().for_each(|(_, draft)| drop(std::fs::remove_file(draft)));
            for (path, before) in done {
                let _ = match before {
                    Some(bytes) => std::fs::write(path, bytes),
                    None => std::fs::remove_file(path),
                };
            }
            // Those with something in them stay.
            new_folders.iter().rev().for_each(|folder| drop(std::fs::remove_dir(folder)));
        }
        written
    }

    /// The folders that are made for these files, outer ones first.
    fn folders_to_come(&self, files: &[(Utf8PathBuf, String)]) -> Vec<Utf8PathBuf> {
        let above = files.iter().flat_map(|(relative, _)| relative.ancestors().skip(1)).map(|it| self.path(it));
        let mut folders: Vec<Utf8PathBuf> = above.filter(|folder| !folder.exists()).collect();
        folders.sort();
        folders.dedup();
        folders
    }

    /// Writes or replaces one file, which readers see either as it was or as it will be.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn replace(&self, relative: impl AsRef<Utf8Path>, text: &str) -> Result<(), FilesError> {
        let relative = relative.as_ref();
        let draft = self.draft(relative, text)?;
        std::fs::rename(&draft, self.path(relative)).map_err(|cause| {
            let _ = std::fs::remove_file(&draft);
            FilesError::write(relative, &cause)
        })
    }

    /// As [`Project::replace`], for a file with secrets: a new one can be read by its owner alone, one that is there keeps its
    /// rights, and a link to a file elsewhere stays a link.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn replace_private(&self, relative: impl AsRef<Utf8Path>, text: &str) -> Result<(), FilesError> {
        let relative = relative.as_ref();
        let failed = |cause: std::io::Error| FilesError::write(relative, &cause);
        let target = self.path(relative);
        let target = target.canonicalize_utf8().unwrap_or(target);
        let draft = self.draft_with(&target, text, true).map_err(failed)?;
        let rights = std::fs::metadata(&target).ok().map(|there| there.permissions());
        let renamed = rights.map_or(Ok(()), |rights| std::fs::set_permissions(&draft, rights));
        renamed.and_then(|()| std::fs::rename(&draft, &target)).map_err(|cause| {
            let _ = std::fs::remove_file(&draft);
            failed(cause)
        })
    }

    /// Whether files can be made in a folder, which is created if it is missing.
    ///
    /// # Errors
    /// Why they cannot.
    pub fn can_write(&self, folder: impl AsRef<Utf8Path>) -> Result<(), FilesError> {
        let draft = self.draft(&folder.as_ref().join("probe"), "")?;
        std::fs::remove_file(&draft).map_err(|cause| FilesError::write(folder.as_ref(), &cause))
    }

    fn write_one(&self, relative: &Utf8Path, text: &str) -> Result<(), FilesError> {
        let draft = self.draft(relative, text)?;
        // A hard link fails where the name is taken, which a rename would silently replace.
        let linked = std::fs::hard_link(&draft, self.path(relative));
        let linked = match linked {
            Err(cause) if cause.kind() != ErrorKind::AlreadyExists && !self.exists(relative) => {
                // A file system without hard links.
                std::fs::rename(&draft, self.path(relative))
            }
            other => other,
        };
        let _ = std::fs::remove_file(&draft);
        linked.map_err(|cause| match cause.kind() {
            ErrorKind::AlreadyExists => FilesError::Exists { path: relative.to_owned() },
            _ => FilesError::write(relative, &cause),
        })
    }

    /// The text under a passing name in the same folder, safely on the disk.
    fn draft(&self, relative: &Utf8Path, text: &str) -> Result<Utf8PathBuf, FilesError> {
        self.draft_with(&self.path(relative), text, false).map_err(|cause| FilesError::write(relative, &cause))
    }

    fn draft_with(&self, path: &Utf8Path, text: &str, is_private: bool) -> std::io::Result<Utf8PathBuf> {
        let folder = path.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder)?;
        let name = path.file_name().unwrap_or_default();
        let draft = folder.join(format!(".{name}.{}.draft", std::process::id()));
        let mut file = create(&draft, is_private)?;
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        written.inspect_err(|_| {
            let _ = std::fs::remove_file(&draft);
        })?;
        Ok(draft)
    }
}

/// On Windows the rights of a file are those of its folder, which is the person's own.
#[cfg(not(unix))]
fn create(path: &Utf8Path, _is_private: bool) -> std::io::Result<std::fs::File> {
    std::fs::File::create(path)
}

#[cfg(unix)]
fn create(path: &Utf8Path, is_private: bool) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let mode = if is_private { 0o600 } else { 0o666 };
    std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> (tempfile::TempDir, Project) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = Utf8Path::from_path(folder.path()).expect("UTF-8").to_owned();
        (folder, Project::at(&root))
    }

    fn names(project: &Project) -> Vec<String> {
        let entries = project.root().read_dir_utf8().expect("read");
        let mut names: Vec<String> = entries.map(|entry| entry.expect("entry").file_name().to_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn files_appear_together_or_not_at_all() {
        let (_folder, project) = project();
        std::fs::write(project.path("b"), "old").expect("written");
        let error = project.write_new(&[("a".into(), "1"), ("b".into(), "2")]).expect_err("b is there");
        assert_eq!(error, FilesError::Exists { path: "b".into() });
        assert_eq!(names(&project), ["b"]);
        assert_eq!(project.read("b").expect("read"), "old");
        project.write_new(&[("a".into(), "1"), ("c/d".into(), "2")]).expect("written");
        assert_eq!(
            (project.read("c/d").expect("read").as_str(), names(&project)),
            ("2", vec!["a".into(), "b".into(), "c".into()])
        );
    }

    #[test]
    fn files_that_are_written_together_are_all_there_or_as_they_were() {
        let (_folder, project) = project();
        std::fs::write(project.path("a"), "old").expect("written");
        std::fs::create_dir(project.path("c")).expect("a folder in the way");
        let files = |names: [&str; 3]| names.map(|name| (Utf8PathBuf::from(name), "new".to_owned()));
        project.write_together(&files(["a", "new/deep/b", "c"])).expect_err("a folder cannot be replaced");
        assert_eq!((project.read("a").expect("read").as_str(), names(&project)), ("old", vec!["a".into(), "c".into()]));
        project.write_together(&files(["a", "b", "c/d"])).expect("written");
        assert_eq!((project.read("a").expect("read").as_str(), project.exists("c/d")), ("new", true));
    }

    #[test]
    fn replacing_leaves_nothing_else_behind() {
        let (_folder, project) = project();
        project.replace("a", "1").expect("written");
        project.replace("a", "2").expect("written");
        assert_eq!((project.read("a").expect("read").as_str(), names(&project)), ("2", vec!["a".into()]));
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_for_its_owner_and_keeps_the_rights_that_it_was_given() {
        use std::os::unix::fs::PermissionsExt as _;

        let (_folder, project) = project();
        let mode = |name: &str| std::fs::metadata(project.path(name)).expect("a file").permissions().mode() & 0o777;
        project.replace_private("a", "1").expect("written");
        assert_eq!(mode("a"), 0o600);
        std::fs::set_permissions(project.path("a"), std::fs::Permissions::from_mode(0o640)).expect("our own file");
        std::os::unix::fs::symlink("a", project.path("b")).expect("a link");
        project.replace_private("b", "2").expect("written");
        assert_eq!((project.read("a").expect("read").as_str(), mode("a")), ("2", 0o640));
        assert!(project.path("b").is_symlink());
    }
}
