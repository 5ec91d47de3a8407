//! What plugins may be called, and how names are spelled in a language.

/// Names that are folders, files, crates, packages and modules in every language.
pub fn check_plugin(name: &str) -> std::result::Result<(), String> {
    const LONGEST: usize = 60;
    let is_word = |word: &str| {
        let mut chars = word.chars();
        chars.next().is_some_and(|c| c.is_ascii_lowercase())
            && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    if name.len() <= LONGEST && name.split('-').all(is_word) {
        return Ok(());
    }
    Err(format!(
        "`{}` is no name for a plugin: take lower-case words that begin with a letter, with - \
         between them, {LONGEST} characters at most, as in my-plugin",
        name.escape_debug()
    ))
}

/// "1.2.3" or "1.2.3-rc.1+5": what all package managers take.
pub fn check_version(version: &str) -> std::result::Result<(), String> {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<&str> = core.split('.').collect();
    let is_number =
        |n: &&str| !n.is_empty() && n.len() < 10 && n.bytes().all(|b| b.is_ascii_digit());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    if numbers.len() == 3 && numbers.iter().all(is_number) && version.chars().all(is_plain) {
        return Ok(());
    }
    Err(format!(
        "`{}` is no version: take three numbers, as in 0.1.0",
        version.escape_debug()
    ))
}

/// "line-item" as line_item
pub fn snake(name: &str) -> String {
    name.replace(['-', '.'], "_").to_lowercase()
}

/// "line-item" as LineItem
pub fn pascal(name: &str) -> String {
    words(name).map(capitalized).collect()
}

/// "line-item" as lineItem
pub fn camel(name: &str) -> String {
    let mut words = words(name);
    let first = words.next().unwrap_or_default().to_lowercase();
    first + &words.map(capitalized).collect::<String>()
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(['-', '_', '.'])
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first
        .into_iter()
        .chain(chars.flat_map(char::to_lowercase))
        .collect()
}
