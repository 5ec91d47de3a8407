//! Text that strangers wrote, safe to print.

use std::fmt::Write;

/// Of one line, in bytes.
const MOST: usize = 2000;

/// Characters that do something to the text around them instead of being seen: those of
/// `contract/text.cpp`.
const ACTING: [(u32, u32); 19] = [
    (0x00, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
];

/// Control characters and those that change the direction of writing become `\u{..}`; the ends of
/// lines stay. Lines that are very long are cut, and the cut is shown.
pub fn escape_lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(escape).collect();
    lines.join("\n")
}

fn escape(line: &str) -> String {
    let mut out = String::new();
    for (at, c) in line.char_indices() {
        if out.len() >= MOST {
            // Writing to a String does not fail.
            let _ = write!(out, ".. ({} bytes more)", line.len() - at);
            break;
        }
        let code = u32::from(c);
        if ACTING
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&code))
        {
            let _ = write!(out, "\\u{{{code:x}}}");
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape_lines;

    #[test]
    fn ends_of_lines_stay() {
        assert_eq!(escape_lines("a\n  b\n"), "a\n  b\n");
    }

    #[test]
    fn what_moves_the_cursor_or_turns_the_text_is_shown() {
        let text = "\u{1b}[2J a\tb\r \u{202e}c é";
        assert_eq!(escape_lines(text), "\\u{1b}[2J a\\u{9}b\\u{d} \\u{202e}c é");
    }

    #[test]
    fn a_long_line_is_cut() {
        let text = format!("{}\nb", "a".repeat(3000));
        let cut = format!("{}.. (1000 bytes more)\nb", "a".repeat(2000));
        assert_eq!(escape_lines(&text), cut);
    }
}
