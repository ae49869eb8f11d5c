#include "analyzer/serve/review.h"

#include "tests/unit/analyzer/serve/serve_case.h"

namespace assay::serve {
namespace {

Refusal refused(std::string body) {
  Refusal why;
  EXPECT_EQ(read_review(std::move(body), why), nullptr);
  EXPECT_EQ(why.code, 400);
  return why;
}

TEST(Review, ReadsWhatTheApiServerSends) {
  Refusal why;
  auto review = read_review(review_json(pod_json(), "null", "CREATE",
                                        R"(,"dryRun":true,"subResource":"resize","requestKind":{"group":"g","version":"v","kind":"K"},"options":{"kind":"CreateOptions"})"),
                            why);
  ASSERT_NE(review, nullptr) << why.message;
  EXPECT_EQ(review->request.uid, "u1");
  EXPECT_EQ(review->request.kind.kind, "Pod");
  EXPECT_EQ(review->request.request_kind.kind, "K");
  EXPECT_EQ(review->request.request_resource.resource, "pods");  // nothing was converted
  EXPECT_EQ(review->request.subresource, "resize");
  EXPECT_EQ(review->request.request_subresource, "resize");
  EXPECT_EQ(review->request.name_space, "shop");
  EXPECT_TRUE(review->request.dry_run);
  EXPECT_EQ(review->username, "kate");
  ASSERT_NE(review->request.object, nullptr);
  EXPECT_EQ(review->request.old_object, nullptr);
  EXPECT_FALSE(review->deleting);
}

TEST(Review, RefusesWhatLies) {
  EXPECT_NE(refused("{}").message.find("expected an AdmissionReview of admission.k8s.io/v1"), std::string::npos);
  EXPECT_NE(refused("[").message.find("no JSON"), std::string::npos);
  EXPECT_NE(refused("[]").message.find("bare value"), std::string::npos);
  EXPECT_NE(refused(R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1"})").message.find("admissionReviewVersions"), std::string::npos);
  EXPECT_NE(refused(R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"})").message.find("no request"), std::string::npos);
  EXPECT_NE(refused(review_json("7")).message.find("request.object must be an object"), std::string::npos);
  EXPECT_NE(refused(review_json("null")).message.find("request.object is missing"), std::string::npos);
  EXPECT_NE(refused(review_json(pod_json(), "null", "PATCH")).message.find("\"PATCH\""), std::string::npos);
  EXPECT_NE(refused(review_json(pod_json(), "null", "CREATE", "", R"({"group":"apps","version":"v1","kind":"Deployment"})")).message.find("is of \"v1 Pod\""),
            std::string::npos);
  EXPECT_NE(refused(review_json(pod_json()) + " // over").message.find("JSON"), std::string::npos);
}

TEST(Review, AnObjectThatDoesNotSayItsKindHasTheOneOfTheRequest) {
  Refusal why;
  auto review = read_review(review_json(R"({"metadata":{"name":"a"}})"), why);
  ASSERT_NE(review, nullptr) << why.message;
  EXPECT_EQ(review->request.object->find("kind")->text(), "Pod");
  EXPECT_EQ(review->request.object->find("apiVersion")->text(), "v1");
}

TEST(Review, NestingIsBounded) {
  std::string deep;
  for (int i = 0; i < 600; ++i) deep += R"({"a":)";
  deep += "1" + std::string(600, '}');
  EXPECT_NE(refused(review_json(R"({"apiVersion":"v1","kind":"Pod","spec":)" + deep + "}")).message.find("nest"), std::string::npos);
}

TEST(Review, WarningsFitIntoWhatTheApiServerTakes) {
  EXPECT_TRUE(fit_warnings({}).empty());
  std::vector<std::string> one = fit_warnings({"a\nb\tc"});
  EXPECT_EQ(one, std::vector<std::string>{"a b c"});
  std::string wide;
  for (int i = 0; i < 300; ++i) wide += "\xEA\xB0\x80";  // three bytes, one character
  std::vector<std::string> cut = fit_warnings({wide});
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_EQ(cut[0].size(), 253u * 3 + 3);
  std::vector<std::string> many = fit_warnings(std::vector<std::string>(100, std::string(200, 'x')));
  size_t total = 0;
  for (const std::string& line : many) total += line.size();
  EXPECT_LE(total, 4096u);
  EXPECT_EQ(many.back(), "and " + std::to_string(100 - (many.size() - 1)) + " more warnings");
  // What fits exactly is not counted.
  EXPECT_EQ(fit_warnings(std::vector<std::string>(16, std::string(256, 'x'))).size(), 16u);
}

TEST(Review, KeysOfAnnotations) {
  EXPECT_EQ(annotation_key("policy/key"), "policy.key");
  EXPECT_EQ(annotation_key("-a b-"), "a_b");
  EXPECT_EQ(annotation_key(std::string(100, 'x')), std::string(63, 'x'));
  EXPECT_EQ(annotation_key("///"), "key");
}

TEST(Review, AnswersEchoAndNeverPatch) {
  Refusal why;
  auto review = read_review(review_json(pod_json()), why);
  ASSERT_NE(review, nullptr);
  Reply reply;
  EXPECT_EQ(write_reply(*review, reply),
            R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"u1","allowed":true}})");
  reply.allowed = false;
  reply.message = "no \"x\"";
  reply.causes = {{"KUB0001", "m", "spec.x"}};
  reply.annotations = {{"a/b", "1"}, {"a.b", "2"}};
  std::string text = write_reply(*review, reply);
  EXPECT_NE(text.find(R"("message":"no \"x\"","reason":"Forbidden","code":403)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("causes":[{"reason":"KUB0001","message":"m","field":"spec.x"}])"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("auditAnnotations":{"a.b":"1"})"), std::string::npos) << text;
  EXPECT_EQ(text.find("patch"), std::string::npos);
}

TEST(Review, StatusesAreWhatClientsOfKubernetesRead) {
  EXPECT_EQ(write_status({413, "RequestEntityTooLarge", "big"}),
            R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"big","reason":"RequestEntityTooLarge","code":413})");
}

}  // namespace
}  // namespace assay::serve
