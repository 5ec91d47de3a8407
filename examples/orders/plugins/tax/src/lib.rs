//! Adds the tax of the country that an order goes to: `tax-DE` and so on, in percent, which the
//! configuration has.

#[rustfmt::skip]
mod bindings;

use bindings::exports::acme::orders::pricer::{Error, Guest, Order, Step};
use bindings::wasi::config::store as config;

struct Tax;

/// Nothing: nobody has said what it is.
fn percent(country: &str) -> Result<Option<u8>, Error> {
    let name = format!("tax-{country}");
    let text = config::get(&name).map_err(|error| Error::Failed(error.to_string()))?;
    let number = |text: String| {
        text.parse()
            .map_err(|_| Error::Failed(format!("{name} is no number: {text}")))
    };
    text.map(number).transpose()
}

fn sum(steps: &[Step]) -> Option<i64> {
    steps
        .iter()
        .try_fold(0_i64, |sum, step| sum.checked_add(step.cents))
}

/// Half a cent is a cent.
fn tax(cents: i64, percent: u8) -> Option<i64> {
    let hundredths = cents.checked_mul(percent.into())?;
    Some(hundredths.checked_add(50)?.div_euclid(100))
}

impl Guest for Tax {
    fn price(order: Order, before: Vec<Step>) -> Result<Vec<Step>, Error> {
        let country = order.country;
        let percent = percent(&country)?
            .ok_or_else(|| Error::Refused(format!("nothing is sent to `{country}`")))?;
        let cents = sum(&before)
            .and_then(|sum| tax(sum, percent))
            .ok_or_else(|| Error::Refused("the order is worth more than can be counted".into()))?;
        let what = format!("tax of {percent} %");
        Ok(vec![Step { what, cents }])
    }
}

bindings::export!(Tax);
