//! Processes to begin with.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Criteria, DefinePipeline, DefineStage, Item, Pipeline, StageKind};
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::value::{Code, Id, Name};

codes! {
    /// The processes that come with the engine.
    pub enum TemplateCode {
        /// Four stages: contact, needs, proposal, negotiation.
        Basic = "basic",
        /// Six stages, from the check of the customer to the contract.
        Full = "full",
        /// Four stages of selling a solution, the first of which asks for a report and a budget.
        Solution = "solution",
    }
}

codes! {
    /// The language of a template's names.
    pub enum Language {
        /// Chinese.
        Zh = "zh",
        /// English.
        En = "en",
    }
}

/// A process to begin with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Template {
    /// What it is called by.
    pub code: TemplateCode,
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name.
    pub name_en: String,
    /// Its stages in order.
    pub stages: Vec<TemplateStage>,
}

/// A stage of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TemplateStage {
    /// Its code.
    pub code: String,
    /// What standing in it means.
    pub kind: StageKind,
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name.
    pub name_en: String,
    /// How likely a deal in it is won.
    pub probability_basis_points: u32,
}

/// Installs a template as a new pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstallTemplate {
    /// Which: `basic`, `full` or `solution`.
    pub template: String,
    /// The id it shall have; made by the engine where there is none.
    #[serde(default)]
    pub id: Option<Id<Pipeline>>,
    /// `zh` or `en`; without it, the tenant's language.
    #[serde(default)]
    pub language: Option<String>,
    /// Its name, where it is not the template's.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether it is taken where nobody names one.
    #[serde(default)]
    pub is_default: bool,
}

/// Stage by stage: code, Chinese, English, basis points.
type Stages = &'static [(&'static str, &'static str, &'static str, u32)];

const BASIC: Stages = &[
    ("contact", "初步接触", "First contact", 1_000),
    ("needs", "需求分析", "Needs analysis", 3_000),
    ("proposal", "方案报价", "Proposal and quote", 5_000),
    ("negotiation", "谈判签约", "Negotiation and signing", 8_000),
];

const FULL: Stages = &[
    ("qualification", "客户资格审查", "Customer qualification", 1_000),
    ("introduction", "产品介绍", "Product introduction", 2_000),
    ("needs", "需求确认", "Needs confirmed", 4_000),
    ("quote", "报价", "Quote", 5_000),
    ("objections", "消除异议", "Objections resolved", 7_000),
    ("contract", "合同阶段", "Contract", 9_000),
];

const SOLUTION: Stages = &[
    ("research", "需求调研", "Needs research", 2_000),
    ("design", "方案制定", "Solution design", 4_000),
    ("negotiation", "商务谈判", "Business negotiation", 6_000),
    ("contract", "合同签订", "Contract signing", 9_000),
];

const ENDS: Stages = &[("won", "赢单", "Won", 10_000), ("lost", "输单", "Lost", 0)];

/// Every template.
pub fn templates() -> Vec<Template> {
    TemplateCode::ALL.iter().map(|code| template(*code)).collect()
}

fn template(code: TemplateCode) -> Template {
    let (name_zh, name_en, stages) = match code {
        TemplateCode::Basic => ("基础销售流程", "Basic sales process", BASIC),
        TemplateCode::Full => ("完整销售流程", "Full sales process", FULL),
        TemplateCode::Solution => ("方案型销售流程", "Solution sales process", SOLUTION),
    };
    let stage = |(code, name_zh, name_en, points): &(&str, &str, &str, u32)| TemplateStage {
        code: (*code).to_owned(),
        kind: code.parse().unwrap_or(StageKind::Open),
        name_zh: (*name_zh).to_owned(),
        name_en: (*name_en).to_owned(),
        probability_basis_points: *points,
    };
    let stages = stages.iter().chain(ENDS).map(stage).collect();
    Template { code, name_zh: name_zh.to_owned(), name_en: name_en.to_owned(), stages }
}

/// The definition that a template stands for, in the named language or else in `language`. Rule PIPE-5 (F061).
///
/// # Errors
///
/// `code.unknown` for the template and for the language.
pub fn instantiate(wish: &InstallTemplate, language: Language) -> Result<DefinePipeline, Refusal> {
    let mut check = Check::default();
    let code = check.take("template", wish.template.parse::<TemplateCode>());
    let language = check.parse("language", wish.language.as_deref()).unwrap_or(language);
    let said = |zh: &str, en: &str| match language {
        Language::Zh => zh.to_owned(),
        Language::En => en.to_owned(),
    };
    let define = code.map(|code| {
        let Template { name_zh, name_en, stages, .. } = template(code);
        let stage = |stage: TemplateStage| DefineStage {
            exit: exit(code, &stage.code, &said),
            name: said(&stage.name_zh, &stage.name_en),
            code: stage.code,
            kind: Some(stage.kind.code().to_owned()),
            probability_basis_points: Some(stage.probability_basis_points.into()),
            ..Default::default()
        };
        DefinePipeline {
            id: wish.id,
            name: wish.name.clone().unwrap_or_else(|| said(&name_zh, &name_en)),
            is_default: wish.is_default,
            stages: stages.into_iter().map(stage).collect(),
            ..Default::default()
        }
    });
    check.finish(define)
}

/// What a stage of a template asks for before it is left: research ends with a report and a known budget.
fn exit(template: TemplateCode, stage: &str, said: &dyn Fn(&str, &str) -> String) -> Criteria {
    if template != TemplateCode::Solution || stage != "research" {
        return Criteria::default();
    }
    let item = |code: &str, zh: &str, en: &str| {
        let (code, name) = (Code::parse(code).ok()?, Name::parse(&said(zh, en)).ok()?);
        Some(Item { code, name })
    };
    let report = item("needs_report", "需求调研报告", "Needs research report");
    let budget = item("budget_confirmed", "预算已确定", "Budget confirmed");
    Criteria {
        documents: report.into_iter().collect(),
        checklist: budget.into_iter().collect(),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use uuid::Uuid;

    use super::super::{Standing, define};
    use super::*;

    #[test]
    fn every_template_is_sound_in_both_languages() {
        for template in templates() {
            for language in Language::ALL {
                let wish = InstallTemplate {
                    template: template.code.code().to_owned(),
                    id: None,
                    language: None,
                    name: None,
                    is_default: false,
                };
                let wish = instantiate(&wish, *language).unwrap();
                let deals = BTreeMap::new();
                let standing = Standing { before: None, others: &[], deals: &deals, custom: &[] };
                let mut next = 0;
                let defined = define(Id::new(Uuid::nil()), &wish, standing, &mut || {
                    next += 1;
                    Id::new(Uuid::from_u128(next))
                });
                let process = defined.unwrap().process;
                let names: Vec<_> = process.open().map(|stage| stage.name.as_str()).collect();
                let expected = match (template.code, language) {
                    (TemplateCode::Basic, Language::Zh) => "初步接触→需求分析→方案报价→谈判签约",
                    (TemplateCode::Full, Language::Zh) => {
                        "客户资格审查→产品介绍→需求确认→报价→消除异议→合同阶段"
                    }
                    (TemplateCode::Solution, Language::Zh) => "需求调研→方案制定→商务谈判→合同签订",
                    (_, Language::En) => &names.join("→"),
                };
                assert_eq!(names.join("→"), expected);
            }
        }
    }
}
