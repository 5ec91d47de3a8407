//! Runs other plugins, and answers what it saw of them.

#[rustfmt::skip]
mod bindings;

use bindings::exports::techbytes::plugins::processor::{Guest, Metadata};
use bindings::mortise::plugins::runner::{self, Failure, Instance, Plugin, Share};

struct Parent;

const ALL: Share = Share {
    fuel: None,
    time: None,
};

fn meta(name: &str) -> runner::Metadata {
    runner::Metadata {
        name: name.into(),
        version: "1".into(),
        priority: 1,
    }
}

fn processor(seen: &mut Vec<String>) -> Result<(), Failure> {
    let plugin = Plugin::load("processor", &[])?;
    seen.extend(plugin.functions()?);
    let child = plugin.start(Some(4 << 20), ALL)?;
    let wave = r#"process-data("hi", {name: "n", version: "1", priority: 1})"#;
    seen.extend(child.call(wave, ALL)?);
    let json = r#"["hi", {"name": "n", "version": "1", "priority": 1}]"#;
    seen.extend(child.call_json("process-data", json, ALL)?);
    seen.push(child.process_data("hi", &meta("n"), ALL)?.unwrap());
    seen.push(child.process_data("", &meta("n"), ALL)?.unwrap_err());
    Ok(())
}

fn faulty(how: &str) -> Result<String, Failure> {
    let child: Instance = Plugin::load("faulty", &[])?.start(Some(4 << 20), ALL)?;
    let share = Share {
        fuel: Some(100_000),
        time: None,
    };
    Ok(child.process_data("", &meta(how), share)?.unwrap())
}

impl Guest for Parent {
    fn process_data(input: String, _: Metadata) -> Result<String, String> {
        let mut seen = vec![format!("levels: {}", runner::what_is_left().levels)];
        processor(&mut seen).map_err(|failure| failure.message)?;
        for how in ["panic", "loop"] {
            seen.push(faulty(how).unwrap_err().message);
        }
        seen.push(Plugin::load(&input, &[]).unwrap_err().message);
        Ok(seen.join("\n"))
    }
}

bindings::export!(Parent);
