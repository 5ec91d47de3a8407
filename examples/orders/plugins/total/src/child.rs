//! A plugin that is run by this one.

use crate::bindings::exports::acme::orders::pricer::{Error, Order, Step};
use crate::bindings::mortise::plugins::runner::{self, Failure, Share};
use crate::json;

const PRICE: &str = "acme:orders/pricer@1.0.0.price";

pub struct Child {
    name: &'static str,
    instance: runner::Instance,
}

/// What one child may use of what is left: so much stays for the others, and for this plugin.
fn share() -> Share {
    const PARTS: u64 = 4;
    let left = runner::what_is_left();
    Share {
        fuel: left.fuel.map(|fuel| fuel / PARTS),
        time: left.time.map(|time| time / PARTS),
    }
}

fn failed(name: &str, failure: Failure) -> Error {
    let kind = format!("{:?}", failure.kind).replace("Kind::", "");
    Error::Failed(match failure.limit {
        Some(limit) => format!("{name}: {kind}, {limit}"),
        None => format!("{name}: {kind}: {}", failure.message),
    })
}

impl Child {
    /// It gets the configuration of this plugin, and nothing else.
    pub fn start(name: &'static str) -> Result<Child, Error> {
        let grants = ["config".to_string()];
        runner::Plugin::load(name, &grants)
            .and_then(|plugin| plugin.start(None, share()))
            .map(|instance| Child { name, instance })
            .map_err(|failure| failed(name, failure))
    }

    pub fn price(&self, order: &Order, before: &[Step]) -> Result<Vec<Step>, Error> {
        let answer = self
            .instance
            .call_json(PRICE, &json::arguments(order, before), share())
            .map_err(|failure| failed(self.name, failure))?;
        json::answer(&answer.unwrap_or_default())
    }
}
