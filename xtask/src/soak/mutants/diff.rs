//! A unified diff, applied by what the lines say: their numbers may have changed since, the lines may not.

use anyhow::{Context, Result, bail};

/// A diff of some files.
#[derive(Debug, Default)]
pub struct Diff {
    hunks: Vec<Hunk>,
}

/// Lines that are replaced.
#[derive(Debug, Default)]
struct Hunk {
    file: String,
    old: String,
    new: String,
}

impl Diff {
    /// Reads a diff.
    pub fn read(text: &str) -> Result<Diff> {
        let mut diff = Diff::default();
        let mut file = None;
        for line in text.lines() {
            if let Some(path) = line.strip_prefix("+++ ") {
                file = Some(path.strip_prefix("b/").unwrap_or(path).to_owned());
                continue;
            }
            if line.starts_with("@@") {
                let file = file.clone().context("a diff does not name its file")?;
                diff.hunks.push(Hunk { file, ..Hunk::default() });
                continue;
            }
            if line.starts_with("--- ") || line.starts_with("diff ") || line.starts_with("index ") {
                file = None;
                continue;
            }
            // Nothing belongs to a hunk that stands between two files.
            let (Some(hunk), true) = (diff.hunks.last_mut(), file.is_some()) else { continue };
            let rest = line.get(1..).unwrap_or_default();
            let (is_old, is_new) = match line.as_bytes().first() {
                Some(b'-') => (true, false),
                Some(b'+') => (false, true),
                Some(b' ') | None => (true, true),
                _ => bail!("not a line of a diff: {line}"),
            };
            for (_, side) in
                [(is_old, &mut hunk.old), (is_new, &mut hunk.new)].into_iter().filter(|side| side.0)
            {
                side.push_str(rest);
                side.push('\n');
            }
        }
        if diff.hunks.is_empty() {
            bail!("a diff changes nothing");
        }
        Ok(diff)
    }

    /// Lists the files that it changes.
    pub fn files(&self) -> Vec<&str> {
        let mut files: Vec<&str> = self.hunks.iter().map(|hunk| hunk.file.as_str()).collect();
        files.dedup();
        files
    }

    /// Changes the text of a file; fails where the lines are not there, or twice.
    pub fn apply(&self, file: &str, text: &str) -> Result<String> {
        let mut text = text.to_owned();
        for hunk in self.hunks.iter().filter(|hunk| hunk.file == file) {
            match text.matches(&hunk.old).count() {
                1 => text = text.replacen(&hunk.old, &hunk.new, 1),
                0 => bail!("the patch does not apply: {file} has no lines\n{}", hunk.old),
                count => bail!("the patch is ambiguous: {file} has {count} times\n{}", hunk.old),
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFF: &str = "\
diff --git a/a.rs b/a.rs
--- a/a.rs
+++ b/a.rs
@@ -1,2 +1,2 @@
 one
-two
+three
";

    #[test]
    fn lines_are_found_wherever_they_are() -> Result<()> {
        let diff = Diff::read(DIFF)?;
        assert_eq!(diff.files(), ["a.rs"]);
        assert_eq!(diff.apply("a.rs", "zero\none\ntwo\n")?, "zero\none\nthree\n");
        assert_eq!(diff.apply("b.rs", "one\ntwo\n")?, "one\ntwo\n");
        Ok(())
    }

    #[test]
    fn lines_that_are_not_there_or_twice_are_refused() -> Result<()> {
        let diff = Diff::read(DIFF)?;
        assert!(diff.apply("a.rs", "one\nthree\n").is_err());
        assert!(diff.apply("a.rs", "one\ntwo\none\ntwo\n").is_err());
        assert!(Diff::read("").is_err());
        Ok(())
    }
}
