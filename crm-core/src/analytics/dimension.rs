//! What a figure can be split by or narrowed to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::export::document::Label;

/// A property of a deal, or of its lines, whose values are the host's (keys with labels).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Who owns the deal.
    Owner,
    /// The owner's team.
    Team,
    /// The customer.
    Customer,
    /// The pipeline it runs through.
    Pipeline,
    /// The stage it stands in, or was closed from.
    Stage,
    /// Where it came from.
    Source,
    /// The sales region.
    Region,
    /// The customer's industry.
    Industry,
    /// Why it was lost.
    Reason,
    /// Who else bid for it, or got it.
    Competitor,
    /// The product of a line: a deal belongs to every product it has a line of.
    Product,
    /// The category of a line's product: like [`Dimension::Product`].
    Category,
}

impl Dimension {
    /// Every dimension, in the order of their declaration.
    pub const ALL: [Self; 12] = [
        Self::Owner,
        Self::Team,
        Self::Customer,
        Self::Pipeline,
        Self::Stage,
        Self::Source,
        Self::Region,
        Self::Industry,
        Self::Reason,
        Self::Competitor,
        Self::Product,
        Self::Category,
    ];

    /// Whether it is a property of lines, so that one deal can stand in several of its groups.
    pub const fn is_of_lines(self) -> bool {
        matches!(self, Self::Product | Self::Category)
    }

    /// Its name in JSON, on the command line and as a column key.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Team => "team",
            Self::Customer => "customer",
            Self::Pipeline => "pipeline",
            Self::Stage => "stage",
            Self::Source => "source",
            Self::Region => "region",
            Self::Industry => "industry",
            Self::Reason => "reason",
            Self::Competitor => "competitor",
            Self::Product => "product",
            Self::Category => "category",
        }
    }

    /// The dimension of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == name)
    }

    /// Its heading.
    pub fn label(self) -> Label {
        match self {
            Self::Owner => Label::new("Owner", "负责人"),
            Self::Team => Label::new("Team", "团队"),
            Self::Customer => Label::new("Customer", "客户"),
            Self::Pipeline => Label::new("Pipeline", "销售流程"),
            Self::Stage => Label::new("Stage", "阶段"),
            Self::Source => Label::new("Source", "来源"),
            Self::Region => Label::new("Region", "地区"),
            Self::Industry => Label::new("Industry", "行业"),
            Self::Reason => Label::new("Loss reason", "输单原因"),
            Self::Competitor => Label::new("Competitor", "竞争对手"),
            Self::Product => Label::new("Product", "产品"),
            Self::Category => Label::new("Category", "产品类别"),
        }
    }
}

/// One `T` for each dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PerDimension<T> {
    pub(super) owner: T,
    pub(super) team: T,
    pub(super) customer: T,
    pub(super) pipeline: T,
    pub(super) stage: T,
    pub(super) source: T,
    pub(super) region: T,
    pub(super) industry: T,
    pub(super) reason: T,
    pub(super) competitor: T,
    pub(super) product: T,
    pub(super) category: T,
}

impl<T> PerDimension<T> {
    pub(super) fn from_fn(mut make: impl FnMut(Dimension) -> T) -> Self {
        Self {
            owner: make(Dimension::Owner),
            team: make(Dimension::Team),
            customer: make(Dimension::Customer),
            pipeline: make(Dimension::Pipeline),
            stage: make(Dimension::Stage),
            source: make(Dimension::Source),
            region: make(Dimension::Region),
            industry: make(Dimension::Industry),
            reason: make(Dimension::Reason),
            competitor: make(Dimension::Competitor),
            product: make(Dimension::Product),
            category: make(Dimension::Category),
        }
    }

    pub(super) const fn get(&self, dimension: Dimension) -> &T {
        match dimension {
            Dimension::Owner => &self.owner,
            Dimension::Team => &self.team,
            Dimension::Customer => &self.customer,
            Dimension::Pipeline => &self.pipeline,
            Dimension::Stage => &self.stage,
            Dimension::Source => &self.source,
            Dimension::Region => &self.region,
            Dimension::Industry => &self.industry,
            Dimension::Reason => &self.reason,
            Dimension::Competitor => &self.competitor,
            Dimension::Product => &self.product,
            Dimension::Category => &self.category,
        }
    }

    pub(super) const fn get_mut(&mut self, dimension: Dimension) -> &mut T {
        match dimension {
            Dimension::Owner => &mut self.owner,
            Dimension::Team => &mut self.team,
            Dimension::Customer => &mut self.customer,
            Dimension::Pipeline => &mut self.pipeline,
            Dimension::Stage => &mut self.stage,
            Dimension::Source => &mut self.source,
            Dimension::Region => &mut self.region,
            Dimension::Industry => &mut self.industry,
            Dimension::Reason => &mut self.reason,
            Dimension::Competitor => &mut self.competitor,
            Dimension::Product => &mut self.product,
            Dimension::Category => &mut self.category,
        }
    }
}
