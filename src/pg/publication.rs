//! The cuts of a model on their way to the registry and back.

use super::registry::{self, Published};
use crate::error::{Error, Fault};
use crate::model::cuts::{Cut, Cuts};
use crate::model::plan::Plan;
use crate::model::scale::Missing;

/// Publishes the cuts of a model as a version.
pub fn publish(name: &str, plan: &Plan, cuts: &Cuts, version: i32, as_of: i64) -> Result<(), Error> {
    let published: Vec<Published> = cut_scales(plan)
        .flat_map(|(number, at, score)| {
            let scale = &plan.scores[number].rule.scales()[at];
            let groups: Vec<Option<&str>> = match scale.grouping {
                Some(grouping) => cuts.groups[grouping].names().map(Some).collect(),
                None => vec![None],
            };
            let rows = groups.into_iter().enumerate().filter_map(move |(group, group_name)| {
                let cut = cuts.get(number, at, group)?;
                Some(Published {
                    score: score.clone(),
                    group: group_name.map(String::from),
                    figures: cut.figures.clone().ok(),
                    heads: cut.heads.iter().map(|heads| *heads as i64).collect(),
                    reason: cut.figures.as_ref().err().map(|missing| missing.code().to_string()),
                    half_life: scale.half_life,
                })
            });
            rows.collect::<Vec<_>>()
        })
        .collect();
    registry::publish(name, version, as_of, &published)
}

/// Reads the cuts of a version; those of scores that the model does not have any more are left out.
pub fn read(name: &str, plan: &Plan, version: i32) -> Result<Cuts, Error> {
    let mut cuts = Cuts::none(plan);
    cuts.version = version;
    for row in registry::published(name, version)? {
        let texts: Vec<Option<&str>> = row.iter().map(Option::as_deref).collect();
        let [Some(score), group, figures, Some(heads), reason] = texts[..] else { continue };
        let Some((number, at, _)) = cut_scales(plan).find(|(_, _, known)| known == score) else { continue };
        let group = match (plan.scores[number].rule.scales()[at].grouping, group) {
            (Some(grouping), Some(group)) => cuts.groups[grouping].named(group),
            (None, None) => 0,
            _ => continue,
        };
        let figures = match figures {
            Some(figures) => Ok(floats(figures)?),
            None => Err(Missing::of_code(reason.unwrap_or_default())),
        };
        let heads = serde_json::from_str(heads).map_err(|_| damaged(name))?;
        cuts.set(number, at, group, Cut { figures, heads });
    }
    Ok(cuts)
}

/// Lists the scales that are cut: the number of the score, that of its scale, and what the two are called.
pub fn cut_scales(plan: &Plan) -> impl Iterator<Item = (usize, usize, String)> {
    plan.scores.iter().enumerate().flat_map(|(number, score)| {
        let scales = score.rule.scales().iter().enumerate().filter(|(_, scale)| scale.is_cut());
        scales.map(move |(at, scale)| (number, at, format!("{}{}", score.name, scale.suffix)))
    })
}

/// Reads a JSON array of the texts of floats.
fn floats(json: &str) -> Result<Vec<f64>, Error> {
    let texts: Vec<String> = serde_json::from_str(json).map_err(|_| damaged("cuts"))?;
    texts.iter().map(|text| text.parse().map_err(|_| damaged(text))).collect()
}

/// Says that the registry holds what no function writes there.
fn damaged(what: &str) -> Error {
    Error::new(Fault::WrongState, format!("the published cuts are damaged: {what}"))
        .hint("Call scoring.refresh on the model.")
}

/// Lists the groups without cuts with their reasons, as JSON.
pub fn missing(plan: &Plan, cuts: &Cuts) -> String {
    let mut missing = Vec::new();
    for (number, at, score) in cut_scales(plan) {
        let scale = &plan.scores[number].rule.scales()[at];
        let groups = scale.grouping.map_or(1, |grouping| cuts.groups[grouping].len());
        for group in 0..groups {
            let Some(Err(reason)) = cuts.get(number, at, group).map(|cut| &cut.figures) else { continue };
            let name = scale.grouping.and_then(|grouping| cuts.groups[grouping].names().nth(group));
            let value: serde_json::Value =
                name.and_then(|name| serde_json::from_str(name).ok()).unwrap_or_default();
            missing
                .push(serde_json::json!({ "score": score, "group_value": value, "reason": reason.code() }));
        }
    }
    serde_json::Value::from(missing).to_string()
}
