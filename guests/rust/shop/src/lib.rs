//! Adds up a bill: the host knows the prices, this plugin the rules.

wit_bindgen::generate!({
    path: "../../../examples/shop/wit",
    world: "shop",
});

use acme::shop::prices::price;
use exports::acme::shop::checkout::{Discount, Guest, Line, Receipt};

struct Shop;

impl Guest for Shop {
    fn total(lines: Vec<Line>, discount: Discount) -> Result<Receipt, String> {
        let mut total: u64 = 0;
        let mut notes = Vec::new();
        for line in &lines {
            let each = price(&line.sku)?;
            let sum = each.checked_mul(line.count.into());
            total = sum
                .and_then(|sum| total.checked_add(sum))
                .ok_or("more than anybody can pay")?;
            notes.push(format!("{} x {}", line.count, line.sku));
        }
        let off = match discount {
            Discount::None => 0,
            Discount::Percent(percent) if percent > 100 => {
                return Err(format!("a discount of {percent} %"));
            }
            Discount::Percent(percent) => (u128::from(total) * u128::from(percent) / 100) as u64,
            Discount::Cents(cents) => cents.min(total),
        };
        if off > 0 {
            notes.push(format!("{off} cents off"));
        }
        Ok(Receipt {
            total: total - off,
            notes,
        })
    }
}

export!(Shop);
