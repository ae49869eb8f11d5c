// A plan as resources: alone, where there are no sources to join it with, and what every plan adds
// to resources: the change each will undergo, as the view "terraform/change".
//
// The view is an object with address, type, name, actions ("create", "update", "delete", ...),
// before and after (objects or null). A resource that the plan deletes or forgets is not judged as what it
// was; a row of kind "change" stands for it, so that rules on terraform/change see it.
#pragma once

#include "parsers/formats/terraform/plan/plan.h"

namespace assay::formats::terraform {

// Fills root.resources, edges and outputs from the plan alone.
void lower_plan(const Plan& plan, model::Root& root);
// Of a plan that was joined with sources: what those do not declare comes from the plan alone, and a
// Problem says so.
void lower_rest(const Plan& plan, model::Root& root);
// Adds the view terraform/change to what is there, and rows for what will not be.
void add_change_views(const Plan& plan, model::Root& root);

}  // namespace assay::formats::terraform
