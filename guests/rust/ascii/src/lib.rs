//! The processor for ASCII letters: other letters stay as they are. The loop over the bytes becomes
//! SIMD, and the answer is allocated once at its exact size, so most of a call is copying text.

wit_bindgen::generate!({
    path: "../../../wit/plugin-world.wit",
    world: "plugin-world",
});

use exports::techbytes::plugins::processor::{Guest, Metadata};

struct Ascii;

impl Guest for Ascii {
    fn process_data(mut input: String, meta: Metadata) -> Result<String, String> {
        if input.is_empty() {
            return Err("Input cannot be empty".to_string());
        }
        input.make_ascii_uppercase();
        let Metadata { name, version, .. } = meta;
        Ok(["[Processed by ", &name, " v", &version, "]: ", &input].concat())
    }
}

export!(Ascii);
