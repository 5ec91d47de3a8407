//! The sample plugin: answers the input in upper case, signed with the plugin's name and version.

wit_bindgen::generate!({
    path: "../../../wit/plugin-world.wit",
    world: "plugin-world",
});

use exports::techbytes::plugins::processor::{Guest, Metadata};

struct Processor;

impl Guest for Processor {
    fn process_data(input: String, meta: Metadata) -> Result<String, String> {
        if input.is_empty() {
            return Err("Input cannot be empty".to_string());
        }
        let Metadata { name, version, .. } = meta;
        Ok(format!(
            "[Processed by {name} v{version}]: {}",
            input.to_uppercase()
        ))
    }
}

export!(Processor);
