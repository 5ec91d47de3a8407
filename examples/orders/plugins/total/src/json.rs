//! Calls of a pricer as mortise:plugins passes them on: the arguments and the answer in JSON.

use crate::bindings::acme::orders::types;
use crate::bindings::exports::acme::orders::pricer as wit;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Arguments<'a> {
    order: Order<'a>,
    before: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Order<'a> {
    id: &'a str,
    customer: &'a str,
    country: &'a str,
    lines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    item: &'a str,
    count: u32,
    cents: u64,
}

#[derive(Serialize)]
struct Step<'a> {
    what: &'a str,
    cents: i64,
}

impl<'a> From<&'a types::Line> for Line<'a> {
    fn from(line: &'a types::Line) -> Line<'a> {
        Line {
            item: &line.item,
            count: line.count,
            cents: line.cents,
        }
    }
}

impl<'a> From<&'a wit::Step> for Step<'a> {
    fn from(step: &'a wit::Step) -> Step<'a> {
        Step {
            what: &step.what,
            cents: step.cents,
        }
    }
}

pub fn arguments(order: &wit::Order, before: &[wit::Step]) -> String {
    let arguments = Arguments {
        order: Order {
            id: &order.id,
            customer: &order.customer,
            country: &order.country,
            lines: order.lines.iter().map(Line::from).collect(),
        },
        before: before.iter().map(Step::from).collect(),
    };
    serde_json::to_string(&arguments).expect("texts and numbers can be written")
}

/// `{"ok": [..]}` or `{"error": {"refused": ".."}}`.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Ok(Vec<Given>),
    Error(Refusal),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Refusal {
    Refused(String),
    Failed(String),
}

#[derive(Deserialize)]
struct Given {
    what: String,
    cents: Cents,
}

/// A large one is a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Cents {
    Number(i64),
    Text(String),
}

pub fn answer(text: &str) -> Result<Vec<wit::Step>, wit::Error> {
    let unreadable = |why: String| wit::Error::Failed(format!("an answer that is none: {why}"));
    let answer = serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
    let given = match answer {
        Answer::Ok(given) => given,
        Answer::Error(Refusal::Refused(why)) => return Err(wit::Error::Refused(why)),
        Answer::Error(Refusal::Failed(why)) => return Err(wit::Error::Failed(why)),
    };
    let step = |Given { what, cents }| {
        let cents = match cents {
            Cents::Number(number) => number,
            Cents::Text(text) => text.parse().map_err(|_| unreadable(text))?,
        };
        Ok(wit::Step { what, cents })
    };
    given.into_iter().map(step).collect()
}
