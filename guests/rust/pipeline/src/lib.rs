//! Runs other plugins, one after the other: each gets what the one before it answered.
//!
//! The first line of the input names them, `tax rounding`, and the rest is for the first of them. One
//! that is called `pipeline` runs others itself: it gets a line of its own before its input.
//!
//!     process-data("trim pipeline\nshout\nhello")

wit_bindgen::generate!({
    path: ["../../../wit/plugins", "../../../wit/plugin-world.wit"],
    inline: "
        package guests:pipeline;
        world pipeline {
            import mortise:plugins/runner@0.1.0;
            export techbytes:plugins/processor;
        }
    ",
    world: "guests:pipeline/pipeline",
    generate_all,
});

use exports::techbytes::plugins::processor::{Guest, Metadata};
use mortise::plugins::runner::{self, Failure, Share};

struct Pipeline;

/// What a child may use: half of what is left, so that one that fails leaves something to say so with.
fn half() -> Share {
    let left = runner::what_is_left();
    Share {
        fuel: left.fuel.map(|fuel| fuel / 2),
        time: left.time.map(|time| time / 2),
    }
}

/// Only those that run others are to run others.
fn grants(name: &str) -> Vec<String> {
    match name {
        "pipeline" => vec!["plugins".to_string()],
        _ => Vec::new(),
    }
}

/// The answer of one plugin; its own refusal is the inner error.
fn run(name: &str, input: &str, meta: &Metadata) -> Result<Result<String, String>, Failure> {
    let meta = runner::Metadata {
        name: meta.name.clone(),
        version: meta.version.clone(),
        priority: meta.priority,
    };
    let plugin = runner::Plugin::load(name, &grants(name))?;
    let instance = plugin.start(None, half())?;
    instance.process_data(input, &meta, half())
}

impl Guest for Pipeline {
    fn process_data(input: String, meta: Metadata) -> Result<String, String> {
        let (names, data) = input.split_once('\n').ok_or("which plugins?")?;
        let mut data = data.to_string();
        for name in names.split_whitespace() {
            data = run(name, &data, &meta)
                .map_err(|failure| failure.message)?
                .map_err(|refusal| format!("{name}: {refusal}"))?;
        }
        Ok(data)
    }
}

export!(Pipeline);
