//! What can be imported: the entities, their fields and what a field holds.

/// What a field holds, and so how its text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Text.
    Text,
    /// Several texts, such as phone numbers.
    Texts,
    /// One of these.
    Choice(&'static [&'static str]),
    /// A record of this entity, named by its source key.
    Link(&'static str),
    /// An exact decimal.
    Number,
    /// A whole number.
    Whole,
    /// An amount with its currency.
    Money,
    /// The price of one unit: an amount that may have more places than its currency.
    Price,
    /// An instant.
    Time,
    /// A day of the calendar.
    Day,
    /// Yes or no.
    Flag,
    /// A country: its two letters, or its English name.
    Country,
}

/// One kind of record that can be imported.
#[derive(Debug)]
pub struct Entity {
    /// Its name in plans and requests.
    pub name: &'static str,
    /// Its fields by path.
    pub fields: &'static [(&'static str, Shape)],
    /// The rows that belong to it, by name, with their fields.
    pub children: &'static [Children],
}

/// Rows that belong to a record: what they are called, and their fields.
pub(super) type Children = (&'static str, &'static [(&'static str, Shape)]);

impl Entity {
    /// The entity of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        ENTITIES.iter().find(|entity| entity.name == name)
    }
}

use Shape::{Choice, Country, Day, Flag, Link, Money, Number, Price, Text, Texts, Time, Whole};

/// Everything that can be imported, in an order in which links point backwards.
pub const ENTITIES: &[Entity] = &[
    Entity { name: "team", fields: &[("name", Text), ("region", Text)], children: &[] },
    Entity {
        name: "user",
        fields: &[
            ("name", Text),
            ("login", Text),
            ("role", Text),
            ("team", Link("team")),
            ("manager", Link("user")),
        ],
        children: &[],
    },
    Entity {
        name: "customer",
        fields: &[
            ("name", Text),
            ("customer_type", Choice(&["business", "personal"])),
            ("industry", Text),
            ("size", Text),
            ("source", Text),
            ("region", Text),
            ("owner", Link("user")),
            ("parent", Link("customer")),
            ("birthday", Day),
            ("credit_code", Text),
            ("note", Text),
            ("website", Text),
            ("zone", Text),
            ("phones", Texts),
            ("emails", Texts),
            ("created_at", Time),
            ("address.use", Text),
            ("address.country", Country),
            ("address.region", Text),
            ("address.region_code", Text),
            ("address.city", Text),
            ("address.district", Text),
            ("address.street", Text),
            ("address.postal_code", Text),
        ],
        children: &[],
    },
    Entity {
        name: "contact",
        fields: &[
            ("customer", Link("customer")),
            ("name", Text),
            ("title", Text),
            ("department", Text),
            ("role", Text),
            ("birthday", Day),
            ("note", Text),
            ("primary", Flag),
            ("phones", Texts),
            ("emails", Texts),
            ("created_at", Time),
        ],
        children: &[],
    },
    Entity {
        name: "product",
        fields: &[
            ("code", Text),
            ("name", Text),
            ("category", Text),
            ("unit", Text),
            ("price", Price),
            ("active", Flag),
        ],
        children: &[],
    },
    Entity {
        name: "campaign",
        fields: &[
            ("name", Text),
            (
                "campaign_type",
                Choice(&["ad", "promotion", "fair", "seminar", "online", "mail", "phone", "other"]),
            ),
            ("status", Choice(&["planned", "running", "completed", "cancelled"])),
            ("starts_on", Day),
            ("ends_on", Day),
            ("budget", Money),
            ("actual_cost", Money),
            ("owner", Link("user")),
            ("goal", Text),
        ],
        children: &[],
    },
    Entity {
        name: "lead",
        fields: &[
            ("name", Text),
            ("company", Text),
            ("phones", Texts),
            ("emails", Texts),
            ("source", Text),
            ("need", Text),
            ("owner", Link("user")),
            ("received_at", Time),
            ("outcome", Choice(&["open", "converted", "discarded"])),
            ("discard_reason", Text),
            ("campaign", Link("campaign")),
            ("region", Text),
            ("country", Country),
            ("created_at", Time),
        ],
        children: &[],
    },
    Entity {
        name: "campaign_member",
        fields: &[
            ("campaign", Link("campaign")),
            ("lead", Link("lead")),
            ("contact", Link("contact")),
            ("customer", Link("customer")),
            ("invited_on", Day),
            ("registered_on", Day),
            ("attended_on", Day),
            ("responded_on", Day),
        ],
        children: &[],
    },
    Entity {
        name: "opportunity",
        fields: &[
            ("name", Text),
            ("customer", Link("customer")),
            ("contact", Link("contact")),
            ("owner", Link("user")),
            ("pipeline", Text),
            ("stage", Text),
            ("outcome", Choice(&["open", "won", "lost"])),
            ("amount", Money),
            ("expected_close", Day),
            ("source", Text),
            ("region", Text),
            ("need", Text),
            ("competitor", Text),
            ("created_at", Time),
            ("closed_at", Time),
            ("loss_reason", Text),
            ("loss_note", Text),
        ],
        children: &[
            (
                "lines",
                &[
                    ("product", Link("product")),
                    ("quantity", Number),
                    ("unit_price", Price),
                    ("discount", Number),
                ],
            ),
            ("moves", &[("stage", Text), ("at", Time)]),
        ],
    },
    Entity {
        name: "order",
        fields: &[
            ("number", Text),
            ("customer", Link("customer")),
            ("contact", Link("contact")),
            ("owner", Link("user")),
            ("opportunity", Link("opportunity")),
            ("ordered_on", Day),
            ("due_on", Day),
            ("shipped_on", Day),
            ("delivered_on", Day),
            ("state", Choice(&["draft", "confirmed", "submitted", "completed", "cancelled"])),
            ("rounding", Choice(&["each_line", "total"])),
            ("freight", Money),
            ("amount", Money),
            ("text", Text),
            ("pay_within_days", Whole),
            ("method", Text),
            ("note", Text),
        ],
        children: &[(
            "lines",
            &[
                ("product", Link("product")),
                ("text", Text),
                ("quantity", Number),
                ("unit_price", Price),
                ("discount", Number),
                ("tax_rate", Number),
            ],
        )],
    },
    Entity {
        name: "activity",
        fields: &[
            ("kind", Choice(&["call", "visit", "email", "meeting", "task", "message", "note"])),
            ("customer", Link("customer")),
            ("contact", Link("contact")),
            ("opportunity", Link("opportunity")),
            ("lead", Link("lead")),
            ("at", Time),
            ("subject", Text),
            ("content", Text),
            ("minutes", Whole),
            ("owner", Link("user")),
            ("author", Link("user")),
            ("entered_at", Time),
        ],
        children: &[],
    },
];

/// What a custom field can hold, by the name of its type.
pub(crate) const CUSTOM_SHAPES: &[(&str, Shape)] = &[
    ("bool", Flag),
    ("int", Whole),
    ("decimal", Number),
    ("text", Text),
    ("code", Text),
    ("date", Day),
    ("instant", Time),
];
