//! What somebody may have meant.

/// Those of `names` that are at most a third of their letters away from `name`, the nearest first.
pub fn near<'a>(name: &str, names: &[&'a str]) -> Vec<&'a str> {
    let mut found: Vec<(usize, &str)> = names
        .iter()
        .map(|other| (edits(name, other), *other))
        .filter(|(edits, other)| *edits <= other.len().div_ceil(3))
        .collect();
    found.sort();
    found.into_iter().map(|(_, name)| name).collect()
}

/// How many letters are to be inserted, left out or replaced to make `b` of `a`.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (a, b, n) in [
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("same", "same", 0),
        ] {
            assert_eq!(edits(a, b), n);
        }
    }

    #[test]
    fn only_the_near_ones_are_named_the_nearest_first() {
        let names = ["proxy", "plugin-wrld", "plugin-world"];
        assert_eq!(near("plugin-worl", &names), ["plugin-world", "plugin-wrld"]);
    }
}
