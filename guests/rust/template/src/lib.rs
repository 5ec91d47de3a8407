//! Answers text in upper case, signed with the plugin's name and version.

#[rustfmt::skip]
mod bindings;

use bindings::exports::techbytes::plugins::processor::{Guest, Metadata};

struct Plugin;

impl Guest for Plugin {
    fn process_data(input: String, meta: Metadata) -> Result<String, String> {
        if input.is_empty() {
            return Err("Input cannot be empty".to_string());
        }
        let Metadata { name, version, .. } = meta;
        let text = input.to_uppercase();
        Ok(format!("[Processed by {name} v{version}]: {text}"))
    }
}

bindings::export!(Plugin);

#[cfg(test)]
mod tests {
    use super::*;

    fn process(input: &str) -> Result<String, String> {
        let meta = Metadata {
            name: "AnalyticsEngine".to_string(),
            version: "1.0.2".to_string(),
            priority: 1,
        };
        Plugin::process_data(input.to_string(), meta)
    }

    #[test]
    fn text_comes_back_in_upper_case() {
        let answer = process("hello techbytes");
        assert_eq!(
            answer.as_deref(),
            Ok("[Processed by AnalyticsEngine v1.0.2]: HELLO TECHBYTES")
        );
    }

    #[test]
    fn letters_of_all_alphabets_have_capitals() {
        let answer = process("straße, αβγ");
        assert_eq!(
            answer.as_deref(),
            Ok("[Processed by AnalyticsEngine v1.0.2]: STRASSE, ΑΒΓ")
        );
    }

    #[test]
    fn empty_input_is_refused() {
        assert_eq!(
            process("").as_deref(),
            Err(&"Input cannot be empty".to_string())
        );
    }
}
