//! A plugin that is run by this one.

use crate::bindings::exports::acme::orders::pricer::{Error, Order, Step};
use crate::bindings::mortise::plugins::runner::{self, Failure, Share};
use crate::json;

const PRICE: &str = "acme:orders/pricer@1.0.0.price";

pub struct Child {
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

/// The message says which child it was.
fn failed(failure: Failure) -> Error {
    Error::Failed(failure.message)
}

impl Child {
    /// It gets the configuration of this plugin, and nothing else.
    pub fn start(name: &str) -> Result<Child, Error> {
        let grants = ["config".to_string()];
        runner::Plugin::load(name, &grants)
            .and_then(|plugin| plugin.start(None, share()))
            .map(|instance| Child { instance })
            .map_err(failed)
    }

    pub fn price(&self, order: &Order, before: &[Step]) -> Result<Vec<Step>, Error> {
        let answer = self
            .instance
            .call_json(PRICE, &json::arguments(order, before), share())
            .map_err(failed)?;
        json::answer(&answer.unwrap_or_default())
    }
}
