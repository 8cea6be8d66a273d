//! The SQL blocks of a Markdown document, as the tests run them.

use anyhow::{Result, bail};

/// A block of SQL in a document.
#[derive(Debug, PartialEq, Eq)]
pub struct DocBlock {
    /// The line of the opening fence, counted from 1.
    pub line: usize,
    pub sql: String,
    pub outcome: Outcome,
    /// What psql prints, where a `text` block shows it.
    pub shown: Option<String>,
}

/// How a block ends.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Success,
    /// With an error, of this SQLSTATE if one is given.
    Error(Option<String>),
}

/// A fenced block of any kind.
struct Fence {
    first_line: usize,
    last_line: usize,
    info: String,
    content: String,
}

/// Finds the SQL blocks of a document; each may be followed by a `text` block that shows what psql prints.
pub fn find_blocks(document: &str) -> Result<Vec<DocBlock>> {
    let lines: Vec<&str> = document.lines().collect();
    let fences = find_fences(&lines)?;
    let mut blocks = Vec::new();
    for (index, fence) in fences.iter().enumerate() {
        let mut words = fence.info.split_whitespace();
        if words.next() != Some("sql") {
            continue;
        }
        let outcome = match words.collect::<Vec<_>>()[..] {
            [] => Outcome::Success,
            ["error"] => Outcome::Error(None),
            ["error", sqlstate] if sqlstate.len() == 5 => Outcome::Error(Some(sqlstate.to_owned())),
            _ => bail!(
                "line {}: a block is `sql`, `sql error` or `sql error <SQLSTATE>`, not `{}`",
                fence.first_line,
                fence.info
            ),
        };
        if !ends_statement(&fence.content) {
            bail!("line {}: the last statement of the block has no semicolon", fence.first_line);
        }
        let follows = |next: &&Fence| {
            lines[fence.last_line..next.first_line - 1].iter().all(|line| line.trim().is_empty())
        };
        let shown = fences.get(index + 1).filter(|next| next.info == "text").filter(follows);
        blocks.push(DocBlock {
            line: fence.first_line,
            sql: fence.content.clone(),
            outcome,
            shown: shown.map(|next| next.content.clone()),
        });
    }
    Ok(blocks)
}

/// Trims what a reader cannot see: blanks at the ends of lines, and blank lines at the ends of the text.
pub fn trim_output(output: &str) -> String {
    let lines: Vec<&str> = output.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// Finds every fenced block of a document, those in lists included.
fn find_fences(lines: &[&str]) -> Result<Vec<Fence>> {
    let mut fences = Vec::new();
    let mut numbered = lines.iter().enumerate();
    while let Some((index, line)) = numbered.next() {
        let Some((indent, marker, info)) = read_opening(line) else { continue };
        let mut content = String::new();
        let closing = numbered.by_ref().find(|(_, line)| {
            let text = line.trim();
            let is_closing = text.starts_with(marker) && text.chars().all(|c| marker.starts_with(c));
            if !is_closing {
                let blanks = line.len() - line.trim_start_matches(' ').len();
                content.push_str(&line[blanks.min(indent)..]);
                content.push('\n');
            }
            is_closing
        });
        let Some((last, _)) = closing else { bail!("line {}: the block is not closed", index + 1) };
        fences.push(Fence { first_line: index + 1, last_line: last + 1, info: info.to_owned(), content });
    }
    Ok(fences)
}

/// Reads the line that opens a block: its indentation, its marker, and what follows the marker.
fn read_opening(line: &str) -> Option<(usize, &str, &str)> {
    let text = line.trim_start_matches(' ');
    let character = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = text.len() - text.trim_start_matches(character).len();
    (length >= 3).then(|| (line.len() - text.len(), &text[..length], text[length..].trim()))
}

/// Tells whether the last statement is finished: by a semicolon, or by a command of psql's.
fn ends_statement(sql: &str) -> bool {
    let last = sql
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default().trim())
        .rfind(|line| !line.is_empty());
    last.is_none_or(|line| line.ends_with(';') || line.contains('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_block_right_after_is_what_psql_shows() -> Result<()> {
        let blocks = find_blocks(
            "# T\n\n```sql\nSELECT 1;\n```\n\n```text\n 1\n```\n\n```sql\nSELECT 2;\n```\nwords\n```text\n 2\n```\n",
        )?;
        let shown: Vec<_> = blocks.iter().map(|block| (block.line, block.shown.as_deref())).collect();
        assert_eq!(shown, [(3, Some(" 1\n")), (11, None)]);
        Ok(())
    }

    #[test]
    fn an_error_may_have_its_sqlstate() -> Result<()> {
        let blocks = find_blocks("```sql error 22023\nSELECT f(-1);\n```\n~~~sql error\nSELECT g();\n~~~\n")?;
        assert_eq!(blocks[0].outcome, Outcome::Error(Some("22023".to_owned())));
        assert_eq!(blocks[1].outcome, Outcome::Error(None));
        Ok(())
    }

    #[test]
    fn other_blocks_are_not_run() -> Result<()> {
        assert_eq!(
            find_blocks("```json\n{}\n```\n```sh\ncargo test\n```\n````md\n```sql\nx\n```\n````\n")?,
            []
        );
        Ok(())
    }

    #[test]
    fn a_block_in_a_list_loses_its_indentation() -> Result<()> {
        assert_eq!(find_blocks("1. a\n\n   ```sql\n   SELECT\n     1;\n   ```\n")?[0].sql, "SELECT\n  1;\n");
        Ok(())
    }

    #[test]
    fn what_could_hide_an_untested_block_is_refused() {
        let fault = |document| find_blocks(document).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(fault("```sql no-run\nSELECT 1;\n```\n").starts_with("line 1: a block is"));
        assert!(fault("\n```sql\nSELECT 1 -- ;\n```\n").starts_with("line 2: the last statement"));
        assert!(fault("```sql\nSELECT 1;\n").contains("not closed"));
    }

    #[test]
    fn output_is_compared_as_a_reader_sees_it() {
        assert_eq!(trim_output(" a | b \n---+---\n 1 | 2\n(1 row)\n\n"), " a | b\n---+---\n 1 | 2\n(1 row)");
    }
}
