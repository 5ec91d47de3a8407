//! `mortise languages`: which languages plugins can be built in here, and what the others need.
//! `mortise doctor` reads it as JSON.

use std::ffi::OsString;

use crate::command_line::parser;
use crate::failure::Result;
use crate::language::ALL;

const HELP: &str = "\
usage: mortise languages [--json]

The languages that plugins can be written in, whether what builds them is here, and how to get it
where it is not.
";

pub fn run(_: &str, arguments: Vec<OsString>) -> Result<String> {
    use lexopt::prelude::*;

    let mut as_json = false;
    let mut parser = parser(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => as_json = true,
            Short('h') | Long("help") => return Ok(HELP.to_string()),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(if as_json {
        format!("{}\n", json())
    } else {
        text()
    })
}

fn text() -> String {
    let mut out = String::new();
    for language in ALL {
        out += &format!("{}  {}\n", language.name(), language.title());
        for tool in language.tools() {
            out += &match tool.found {
                Some(found) => format!("  {}: {}\n", tool.what, found.version),
                None => format!(
                    "  {}: missing\n    {}\n",
                    tool.what,
                    tool.how.replace('\n', "\n    ")
                ),
            };
        }
    }
    out
}

fn json() -> serde_json::Value {
    let tools = |language: &dyn crate::language::Language| -> Vec<serde_json::Value> {
        language
            .tools()
            .into_iter()
            .map(|tool| {
                serde_json::json!({
                    "what": tool.what,
                    "version": tool.found.map(|found| found.version),
                    "how": tool.how,
                })
            })
            .collect()
    };
    let all = ALL.map(|language| {
        serde_json::json!({
            "name": language.name(),
            "title": language.title(),
            "source": language.source(),
            "tools": tools(language),
        })
    });
    serde_json::json!({ "languages": all })
}
