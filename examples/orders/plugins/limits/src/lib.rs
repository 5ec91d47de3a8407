//! Counts the orders of each customer, and refuses those beyond `orders-per-customer`, which the
//! configuration has. All count that come as far as this.

#[rustfmt::skip]
mod bindings;

use bindings::exports::acme::orders::validator::{Error, Guest, Order};
use bindings::wasi::config::store as config;
use bindings::wasi::keyvalue::atomics;
use bindings::wasi::keyvalue::store::{self, open};

struct Limits;

fn failed(why: impl Into<String>) -> Error {
    Error::Failed(why.into())
}

fn allowed() -> Result<i64, Error> {
    const NAME: &str = "orders-per-customer";
    let text = config::get(NAME).map_err(|error| failed(error.to_string()))?;
    let text = text.ok_or_else(|| failed(format!("{NAME} is not configured")))?;
    text.parse()
        .map_err(|_| failed(format!("{NAME} is no number: {text}")))
}

/// How many there are with this one. It is counted at once: two orders never get the same number.
fn count(customer: &str) -> Result<i64, store::Error> {
    let bucket = open("default")?;
    atomics::increment(&bucket, &format!("orders/{customer}"), 1)
}

impl Guest for Limits {
    fn validate(order: Order) -> Result<(), Error> {
        let allowed = allowed()?;
        let count = count(&order.customer).map_err(|error| match error {
            store::Error::NoSuchStore => failed("no bucket is granted"),
            store::Error::AccessDenied => failed("keys may not be written"),
            store::Error::Other(why) => failed(why),
        })?;
        if count > allowed {
            let why = format!("no customer may order more than {allowed} times");
            return Err(Error::Refused(vec![why]));
        }
        Ok(())
    }
}

bindings::export!(Limits);
