#include "parsers/model/kubernetes/api_versions.h"

#include <gtest/gtest.h>

namespace assay::model::kubernetes {
namespace {

TEST(KubernetesVersions, AreReadInEverySpelling) {
  EXPECT_EQ(parse_minor("v1.24"), 24);
  EXPECT_EQ(parse_minor("1.24"), 24);
  EXPECT_EQ(parse_minor("1.24.3-gke.100"), 24);
  EXPECT_EQ(parse_minor("1.27+"), 27);
  EXPECT_EQ(parse_minor("v1.0"), 0);
  EXPECT_EQ(parse_minor("latest"), kNewestMinor);
  EXPECT_EQ(parse_minor(""), kNewestMinor);
  for (const char* text : {"2.1", "1", "1.", "v1.x", "1.2x", "newest"}) EXPECT_EQ(parse_minor(text), -1) << text;
}

TEST(KubernetesApiVersions, SayWhatWasRemovedAndWhatReplacesIt) {
  const ApiVersion* deployment = find_api_version("apps/v1beta1", "Deployment");
  ASSERT_NE(deployment, nullptr);
  EXPECT_EQ(deployment->removed, 16);
  EXPECT_EQ(deployment->replacement, "apps/v1");
  const ApiVersion* policy = find_api_version("policy/v1beta1", "PodSecurityPolicy");
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(policy->removed, 25);
  EXPECT_EQ(policy->replacement, "");
  // What neighbouring versions serve, not what lists say.
  EXPECT_EQ(find_api_version("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema")->removed, 26);
  EXPECT_EQ(find_api_version("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy")->removed, 34);
  EXPECT_EQ(find_api_version("cert-manager.io/v1alpha2", "Issuer")->product, "cert-manager 1.6");
  EXPECT_EQ(find_api_version("v1", "Endpoints")->removed, 0);
  EXPECT_EQ(find_api_version("apps/v1", "Deployment"), nullptr);
  EXPECT_EQ(find_api_version("", ""), nullptr);
  EXPECT_FALSE(api_versions_data().empty());
}

}  // namespace
}  // namespace assay::model::kubernetes
