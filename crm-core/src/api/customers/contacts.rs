//! The report on how often customers and we are in touch, and what they prefer.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::emerging::stretch;
use super::{Bought, CustomersQuery, Scope, column, counted, share, who};
use crate::access::Access;
use crate::activity::{Activity, ActivityKind, ActivityStatus, Outcome};
use crate::analytics::customers::{Frequency, Preference, Thin, Windows, frequency, preference};
use crate::api::believed::believed;
use crate::api::report::all;
use crate::catalog::Product;
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{Cell, Definition, Label, Report, Unit};
use crate::party::{Customer, CustomerStatus};
use crate::value::Invalid;

/// How often each customer and we are in touch, lately against before, and whether they mostly talk in another way or buy other
/// things now: each with its counts and the chance of such a difference. Changed ones come first; customers of too short a
/// history are told with the reason. Takes `as_of`, `zone`, `source`, `customer`, `rows`, `recent` (days of the recent
/// stretch: 90), `before` (days before it: 270), `rare` (how rare by chance a change must be, in percent: 5).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportContacts(pub CustomersQuery);

/// What is compared of one customer.
struct Compared {
    customer: Uuid,
    name: String,
    frequency: Result<Frequency, Thin>,
    channel: Result<Preference, Thin>,
    taste: Result<Preference, Thin>,
}

impl Compared {
    fn changed(&self) -> bool {
        let of = |preference: &Result<Preference, Thin>| {
            preference.as_ref().is_ok_and(|preference| preference.changed)
        };
        self.frequency.as_ref().is_ok_and(|frequency| frequency.changed)
            || of(&self.channel)
            || of(&self.taste)
    }

    fn chance(&self) -> u32 {
        let chances = [
            self.frequency.as_ref().ok().map(|of| of.chance),
            self.channel.as_ref().ok().map(|of| of.chance),
            self.taste.as_ref().ok().map(|of| of.chance),
        ];
        chances.into_iter().flatten().min().unwrap_or(u32::MAX)
    }
}

/// Whether a customer and we were in touch: in whichever direction, but not by what reached nobody, nor by a task or a note.
pub(super) fn in_touch(activity: &Activity) -> bool {
    use ActivityKind::{Call, Email, Meeting, Message, Note, Task, Visit};
    let talk = match activity.kind {
        Call | Visit | Email | Meeting | Message => true,
        Task | Note => false,
    };
    let reached = !matches!(activity.outcome, Some(Outcome::Missed | Outcome::Bounced));
    activity.status == ActivityStatus::Done && talk && reached
}

impl Operation for ReportContacts {
    const NAME: &'static str = "report.contacts";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportContacts {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let query = &self.0;
        let takes = ["source", "customer", "recent", "before", "rare"];
        let mut scope = Scope::of(cx, query, &takes)?;
        let recent = stretch("recent", query.recent, 90)?;
        let before = stretch("before", query.before, 270)?;
        let rare = CustomersQuery::points(query.rare, 500);
        let windows = Windows::until(scope.day, before, recent)
            .ok_or_else(|| Error::invalid("as_of", Invalid::new("time.range", "as_of")))?;
        let bought = Bought::read(cx, &mut scope, query)?;
        scope.asked("recent", ("Recent days", "近期天数"), recent);
        scope.asked("before", ("Days before", "基准天数"), before);
        let found = compare(cx, &scope, &bought, windows, rare, query)?;
        let mut report =
            scope.report("contacts", ("Contacts and preferences", "互动频率与偏好变化"));
        let count = |of: fn(&Compared) -> bool| found.iter().filter(|one| of(one)).count() as u64;
        report.figures = vec![
            counted("customers", ("Customers", "客户"), found.len() as u64),
            counted("judged", ("Of enough history", "历史充足"), count(|of| of.frequency.is_ok())),
            counted("changed", ("Changed", "发生变化"), count(Compared::changed)),
        ];
        let rows = found.iter().map(cells).collect();
        let mut columns = who().to_vec();
        columns.extend([
            column("state", ("State", "结论"), Unit::Text),
            column("before", ("Contacts before", "基准期互动"), Unit::Count),
            column("recent", ("Contacts lately", "近期互动"), Unit::Count),
            column("expected", ("As before it would be", "按基准应为"), Unit::Exact),
            column("chance", ("By chance", "偶然概率"), Unit::Rate),
            column("channel", ("Mostly by", "主要方式"), Unit::Text),
            column("channel_chance", ("By chance", "偶然概率"), Unit::Rate),
            column("taste", ("Mostly buys", "主要购买"), Unit::Text),
            column("taste_chance", ("By chance", "偶然概率"), Unit::Rate),
        ]);
        scope.table(&mut report, ("customers", ("Customers", "客户")), columns, rows);
        report.definitions.extend([
            Definition::new(
                ("Contact", "互动"),
                (
                    "A call, visit, e-mail, meeting or message that took place and reached somebody, in either direction.",
                    "已发生且联系上的电话、拜访、邮件、会议或消息，不分方向。",
                ),
            ),
            Definition::new(
                ("Changed", "发生变化"),
                (
                    "A difference between the stretches with a chance of at most 5 % (or as asked) if nothing had changed: of the \
                     number by the exact binomial test, of what is mostly done by Fisher's exact test. From 6 contacts before, \
                     of customers known since the stretch before began. Not corrected for the number of customers: of a \
                     hundred who are as always, five are told.",
                    "若无变化，两期差异出现的概率不超过 5 %（或所给比例）：次数用精确二项检验，主要方式用 Fisher \
                     精确检验。基准期至少6次，且客户在基准期开始前已建档。未按客户数校正：一百个无变化的客户中约有五个会被列出。",
                ),
            ),
        ]);
        bought.told(&mut report);
        Ok(report)
    }
}

type Counts = [BTreeMap<String, u64>; 2];

fn count(counts: &mut Counts, recent: bool, key: String) {
    if let Some(count) = counts.get_mut(usize::from(recent)).map(|own| own.entry(key).or_default())
    {
        *count = count.saturating_add(1);
    }
}

fn compare(
    cx: &Cx<'_>,
    scope: &Scope,
    bought: &Bought,
    windows: Windows,
    rare: u32,
    query: &CustomersQuery,
) -> Result<Vec<Compared>, Error> {
    let mut days: BTreeMap<Uuid, Vec<NaiveDate>> = BTreeMap::new();
    let mut channels: BTreeMap<Uuid, Counts> = BTreeMap::new();
    all(cx, |activity: Activity| {
        let Some(customer) = activity.customer.map(|customer| customer.uuid()) else { return };
        if !in_touch(&activity) || activity.at > scope.as_of {
            return;
        }
        let day = activity.at.day_in(scope.zone);
        days.entry(customer).or_default().push(day);
        if let Some(recent) = windows.place(day) {
            let own = channels.entry(customer).or_default();
            count(own, recent, activity.kind.code().to_owned());
        }
    })?;
    let mut groups: BTreeMap<Uuid, String> = BTreeMap::new();
    all(cx, |product: Product| {
        let group =
            product.category.as_ref().map_or_else(|| product.name.to_string(), ToString::to_string);
        groups.insert(product.id.uuid(), group);
    })?;
    let mut customers: Vec<Customer> = Vec::new();
    all(cx, |customer: Customer| {
        let wanted = query.customer.is_none_or(|one| one == customer.id);
        if wanted && customer.status == CustomerStatus::Active {
            customers.push(customer);
        }
    })?;
    let empty = Counts::default();
    let mut found: Vec<Compared> = Vec::new();
    for customer in customers {
        let id = customer.id.uuid();
        let own = days.remove(&id).unwrap_or_default();
        let mut tastes = Counts::default();
        for purchase in bought.purchases.of(id) {
            let Some(recent) = windows.place(purchase.day) else { continue };
            for item in purchase.items.iter().filter(|item| !item.quantity.is_zero()) {
                let group = groups.get(&item.product).cloned().unwrap_or_default();
                count(&mut tastes, recent, group);
            }
        }
        let since = own.iter().copied().min();
        let made = customer.created_at.day_in(scope.zone);
        let since = since.map_or(made, |since| since.min(made));
        let [before, recent] = channels.get(&id).unwrap_or(&empty);
        let [liked, likes] = &tastes;
        found.push(Compared {
            customer: id,
            name: customer.name.to_string(),
            frequency: frequency(windows, own, since, rare),
            channel: preference(before, recent, rare),
            taste: preference(liked, likes, rare),
        });
    }
    found.sort_by(|a, b| {
        let key = |of: &Compared| (!of.changed(), of.chance(), of.customer);
        key(a).cmp(&key(b))
    });
    Ok(found)
}

fn cells(of: &Compared) -> Vec<Cell> {
    let state = match &of.frequency {
        Ok(frequency)
            if frequency.changed && frequency.recent.saturating_mul(100) < frequency.expected =>
        {
            Label::new("fewer contacts", "互动减少")
        }
        Ok(frequency) if frequency.changed => Label::new("more contacts", "互动增加"),
        Ok(_) | Err(_) if of.changed() => Label::new("other preference", "偏好变化"),
        Ok(_) => Label::new("as before", "无变化"),
        Err(thin) => thin.label(),
    };
    let mut cells =
        vec![Cell::text(&of.name), Cell::text(of.customer.to_string()), Cell::Label(state)];
    match &of.frequency {
        Ok(frequency) => cells.extend([
            Cell::Count(frequency.before),
            Cell::Count(frequency.recent),
            Cell::number(rust_decimal::Decimal::new(
                i64::try_from(frequency.expected).unwrap_or(i64::MAX),
                2,
            )),
            share(frequency.chance),
        ]),
        Err(_) => cells.extend([Cell::Absent, Cell::Absent, Cell::Absent, Cell::Absent]),
    }
    for preference in [&of.channel, &of.taste] {
        match preference {
            Ok(of) => {
                let told =
                    |(name, count, all): &(String, u64, u64)| format!("{name} {count}/{all}");
                cells.push(Cell::text(format!("{} → {}", told(&of.before), told(&of.recent))));
                cells.push(share(of.chance));
            }
            Err(_) => cells.extend([Cell::Absent, Cell::Absent]),
        }
    }
    cells
}
