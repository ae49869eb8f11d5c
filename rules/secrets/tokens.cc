#include "rules/secrets/tokens.h"

#include <algorithm>

namespace assay::rules::secrets {
namespace {

constexpr uint16_t bits_of(unsigned char c) {
  bool digit = c >= '0' && c <= '9', lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
  bool alnum = digit || lower || upper;
  uint16_t out = 0;
  auto add = [&](char letter, bool is) { out |= is ? class_bit(letter) : 0; };
  add('d', digit);
  add('h', digit || (c >= 'a' && c <= 'f'));
  add('H', digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
  add('t', upper || (c >= '2' && c <= '7'));
  add('u', upper || digit);
  add('l', lower || digit);
  add('a', alnum);
  add('w', alnum || c == '_');
  add('x', alnum || c == '_' || c == '-');
  add('y', alnum || c == '_' || c == '-' || c == '.');
  add('b', alnum || c == '+' || c == '/' || c == '=');
  add('z', alnum || std::string_view("_-.~+/=%@&?").find(static_cast<char>(c)) != std::string_view::npos);
  return out;
}

constexpr std::array<uint16_t, 256> make_bits() {
  std::array<uint16_t, 256> out{};
  for (size_t c = 0; c < 256; ++c) out[c] = bits_of(static_cast<unsigned char>(c));
  return out;
}

using enum Category;
using enum Check;
constexpr std::string_view kUuid = "H8'-'H4'-'H4'-'H4'-'H12";

// Of several rows with one anchor the first that fits counts.
constexpr TokenFormat kTokens[] = {
    // Cloud providers.
    {"AKIA", "aws-access-key-id", kCloud, "t16", kNone, "aws-access-token"},
    {"ASIA", "aws-access-key-id", kCloud, "t16", kNone, "aws-access-token"},
    {"ABIA", "aws-access-key-id", kCloud, "t16", kNone, "aws-access-token"},
    {"ACCA", "aws-access-key-id", kCloud, "t16", kNone, "aws-access-token"},
    {"ABSK", "aws-bedrock-api-key", kCloud, "b109:269", kNone, "aws-amazon-bedrock-api-key-long-lived"},
    {"bedrock-api-key-", "aws-bedrock-api-key", kCloud, "z60:", kNone, "aws-amazon-bedrock-api-key-short-lived"},
    {"AIza", "google-api-key", kCloud, "x35", kNone, "gcp-api-key"},
    {"GOCSPX-", "google-oauth-client-secret", kCloud, "x28"},
    {"ya29.", "google-oauth-access-token", kCloud, "y30:"},
    {"1//0", "google-oauth-refresh-token", kCloud, "x40:120"},
    {"AccountKey=", "azure-storage-account-key", kCloud, "b86:88", kKey64},
    {"SharedAccessKey=", "azure-shared-access-key", kCloud, "b43:44", kKey32},
    {"sig=", "azure-sas-signature", kCloud, "z43:70", kSas},
    {"Q~", "azure-client-secret", kCloud, "z31:34", kNone, "azure-ad-client-secret", "z3d1"},
    {"LTAI", "alibaba-access-key-id", kCloud, "a12:20", kMixed, "alibaba-access-key-id"},
    {"AKID", "tencent-secret-id", kCloud, "a32", kMixed},
    {"AQVN", "yandex-api-key", kCloud, "x35:38", kNone, "yandex-api-key"},
    {"t1.9euelZ", "yandex-iam-token", kCloud, "z80:", kNone, "yandex-access-token"},
    {"y0_", "yandex-oauth-token", kCloud, "x50:60", kMixed},
    {"YCAJ", "yandex-static-access-key", kCloud, "x21", kMixed, "yandex-aws-access-token"},
    {"dop_v1_", "digitalocean-token", kCloud, "h64", kNone, "digitalocean-pat"},
    {"doo_v1_", "digitalocean-token", kCloud, "h64", kNone, "digitalocean-access-token"},
    {"dor_v1_", "digitalocean-refresh-token", kCloud, "h64", kNone, "digitalocean-refresh-token"},
    {"SCW", "scaleway-access-key", kCloud, "u17", kNone},
    {"EXO", "exoscale-api-key", kCloud, "h26"},
    {"ucat_", "upcloud-api-token", kCloud, "a26"},
    {"HRKU-AA", "heroku-api-key", kCloud, "x58", kNone, "heroku-api-key-v2"},
    {"HRKU-", "heroku-api-key", kCloud, kUuid, kNone, "heroku-api-key"},
    {"fo1_", "fly-access-token", kCloud, "x43", kNone, "flyio-access-token"},
    {"fm1r_", "fly-macaroon", kCloud, "b100:", kNone, "flyio-access-token"},
    {"fm1a_", "fly-macaroon", kCloud, "b100:", kNone, "flyio-access-token"},
    {"fm2_", "fly-macaroon", kCloud, "b100:", kNone, "flyio-access-token"},
    {"rnd_", "render-api-key", kCloud, "a28:40", kMixed},
    {"nfp_", "netlify-token", kCloud, "a36"},
    {"nfo_", "netlify-token", kCloud, "a36"},
    {"nfc_", "netlify-token", kCloud, "a36"},
    {"vercel_blob_rw_", "vercel-blob-token", kCloud, "w30:80"},
    {"v1.0-", "cloudflare-origin-ca-key", kCloud, "h24'-'h146", kNone, "cloudflare-origin-ca-key"},
    {"sbp_", "supabase-access-token", kCloud, "h40"},
    {"sb_secret_", "supabase-secret-key", kCloud, "x31:42"},
    {"pscale_tkn_", "planetscale-token", kCloud, "y32:64", kNone, "planetscale-api-token"},
    {"pscale_pw_", "planetscale-password", kCloud, "y32:64", kNone, "planetscale-password"},
    {"pscale_oauth_", "planetscale-oauth-token", kCloud, "y32:64", kNone, "planetscale-oauth-token"},
    {"napi_", "neon-api-key", kCloud, "l60:70"},
    {"mdb_sa_sk_", "mongodb-atlas-client-secret", kCloud, "x40:44"},
    {"dapi", "databricks-token", kCloud, "h32", kNone, "databricks-api-token"},
    {"dose", "databricks-oauth-secret", kCloud, "h32"},

    // Version control.
    {"ghp_", "github-token", kVersionControl, "a36", kCrc62, "github-pat"},
    {"gho_", "github-token", kVersionControl, "a36", kCrc62, "github-oauth"},
    {"ghu_", "github-token", kVersionControl, "a36", kCrc62, "github-app-token"},
    {"ghs_", "github-token", kVersionControl, "a36", kCrc62, "github-app-token"},
    {"ghr_", "github-token", kVersionControl, "a36", kCrc62, "github-refresh-token"},
    {"ghr_", "github-token", kVersionControl, "a76", kNone, "github-refresh-token"},
    {"github_pat_", "github-token", kVersionControl, "a22'_'a59", kNone, "github-fine-grained-pat"},
    {"glpat-", "gitlab-token", kVersionControl, "x27:300'.'l9", kRoutable, "gitlab-pat-routable"},
    {"glpat-", "gitlab-token", kVersionControl, "x20", kNone, "gitlab-pat"},
    {"gldt-", "gitlab-token", kVersionControl, "x20:64", kNone, "gitlab-deploy-token"},
    {"glrt-", "gitlab-runner-token", kVersionControl, "x27:300'.'l9", kRoutable, "gitlab-runner-authentication-token-routable"},
    {"glrt-", "gitlab-runner-token", kVersionControl, "x20:64", kNone, "gitlab-runner-authentication-token"},
    {"glrtr-", "gitlab-runner-token", kVersionControl, "x20:64", kNone, "gitlab-runner-authentication-token"},
    {"glcbt-", "gitlab-job-token", kVersionControl, "x20:90", kNone, "gitlab-cicd-job-token"},
    {"glptt-", "gitlab-trigger-token", kVersionControl, "h40", kNone, "gitlab-ptt"},
    {"glft-", "gitlab-feed-token", kVersionControl, "x20:80", kNone, "gitlab-feed-token"},
    {"glimt-", "gitlab-mail-token", kVersionControl, "x25", kNone, "gitlab-incoming-mail-token"},
    {"glagent-", "gitlab-agent-token", kVersionControl, "x50", kNone, "gitlab-kubernetes-agent-token"},
    {"gloas-", "gitlab-oauth-secret", kVersionControl, "h64", kNone, "gitlab-oauth-app-secret"},
    {"glsoat-", "gitlab-scim-token", kVersionControl, "x20", kNone, "gitlab-scim-token"},
    {"glffct-", "gitlab-feature-flag-token", kVersionControl, "x20", kNone, "gitlab-feature-flag-client-token"},
    {"GR1348941", "gitlab-runner-token", kVersionControl, "x20", kNone, "gitlab-rrt"},
    {"ATBB", "bitbucket-app-password", kVersionControl, "a32", kMixed},
    {"ATCTT3xFfG", "bitbucket-access-token", kVersionControl, "z150:260"},
    {"BBDC-", "bitbucket-data-center-token", kVersionControl, "b44"},
    {"sgp_local_", "sourcegraph-token", kVersionControl, "h40", kNone, "sourcegraph-access-token"},
    {"sgp_", "sourcegraph-token", kVersionControl, "h16'_'h40", kNone, "sourcegraph-access-token"},
    {"sgp_", "sourcegraph-token", kVersionControl, "h40", kNone, "sourcegraph-access-token"},
    {"slk_", "sourcegraph-license-key", kVersionControl, "h64"},

    // Package and image registries.
    {"npm_", "npm-token", kRegistry, "a36", kCrc62, "npm-access-token"},
    {"pypi-AgEIcHlwaS5vcmc", "pypi-token", kRegistry, "x50:", kMacaroon, "pypi-upload-token"},
    {"pypi-AgENdGVzdC5weXBpLm9yZw", "pypi-token", kRegistry, "x50:", kMacaroon},
    {"rubygems_", "rubygems-token", kRegistry, "h48", kNone, "rubygems-api-token"},
    {"cio", "crates-io-token", kRegistry, "a32", kMixed},
    {"oy2", "nuget-api-key", kRegistry, "l43"},
    {"CLOJARS_", "clojars-token", kRegistry, "l60", kNone, "clojars-api-token"},
    {"packagist_ort_", "packagist-token", kRegistry, "h68"},
    {"packagist_out_", "packagist-token", kRegistry, "h68"},
    {"packagist_uut_", "packagist-token", kRegistry, "h68"},
    {"dckr_pat_", "docker-token", kRegistry, "x27"},
    {"dckr_oat_", "docker-token", kRegistry, "x32"},
    {"AKCp", "artifactory-api-key", kRegistry, "a69", kNone, "artifactory-api-key"},
    {"cmVmdGtu", "artifactory-reference-token", kRegistry, "a56", kNone, "artifactory-reference-token"},

    // Infrastructure and delivery.
    {"hvs.", "vault-token", kInfrastructure, "x24:300", kNone, "vault-service-token"},
    {"hvb.", "vault-token", kInfrastructure, "x24:400", kNone, "vault-batch-token"},
    {"hvr.", "vault-token", kInfrastructure, "x24:400"},
    {"atlasv1.", "terraform-cloud-token", kInfrastructure, "x60:70", kNone, "hashicorp-tf-api-token", "a14'.'"},
    {"pul-", "pulumi-token", kInfrastructure, "h40", kNone, "pulumi-api-token"},
    {"dp.pt.", "doppler-token", kInfrastructure, "a40:44", kNone, "doppler-api-token"},
    {"dp.st.", "doppler-token", kInfrastructure, "y40:80"},
    {"dp.ct.", "doppler-token", kInfrastructure, "y40:80"},
    {"dp.sa.", "doppler-token", kInfrastructure, "a40:44"},
    {"dp.scim.", "doppler-token", kInfrastructure, "a40:44"},
    {"dp.audit.", "doppler-token", kInfrastructure, "a40:44"},
    {"ops_eyJ", "1password-service-account-token", kInfrastructure, "b200:", kNone, "1password-service-account-token"},
    {"A3-", "1password-secret-key", kInfrastructure, "u6'-'u11'-'u5'-'u5'-'u5", kNone, "1password-secret-key"},
    {"A3-", "1password-secret-key", kInfrastructure, "u6'-'u6'-'u5'-'u5'-'u5'-'u5", kNone, "1password-secret-key"},
    {"st.", "infisical-service-token", kInfrastructure, "h24'.'h32'.'h32", kNone},
    {"sha256~", "openshift-token", kInfrastructure, "x43", kNone, "openshift-user-token"},
    {"ico-", "infracost-api-key", kInfrastructure, "a32", kMixed, "infracost-api-token"},
    {"tskey-auth-", "tailscale-key", kInfrastructure, "x20:80"},
    {"tskey-api-", "tailscale-key", kInfrastructure, "x20:80"},
    {"tskey-client-", "tailscale-key", kInfrastructure, "x20:80"},
    {"tskey-scim-", "tailscale-key", kInfrastructure, "x20:80"},
    {"tskey-webhook-", "tailscale-key", kInfrastructure, "x20:80"},
    {"dnkey-", "defined-networking-key", kInfrastructure, "l26'-'l52", kNone, "defined-networking-api-token"},
    {"pnu_", "prefect-api-key", kInfrastructure, "l36", kNone, "prefect-api-token"},
    {"pnb_", "prefect-api-key", kInfrastructure, "l36"},
    {"CCIPAT_", "circleci-token", kInfrastructure, "a22'_'h40"},
    {"CCIPRJ_", "circleci-token", kInfrastructure, "a22'_'h40"},
    {"bkua_", "buildkite-token", kInfrastructure, "h40"},
    {"squ_", "sonarqube-token", kInfrastructure, "h40", kNone, "sonar-api-token"},
    {"sqp_", "sonarqube-token", kInfrastructure, "h40", kNone, "sonar-api-token"},
    {"sqa_", "sonarqube-token", kInfrastructure, "h40", kNone, "sonar-api-token"},
    {"API-", "octopus-deploy-key", kInfrastructure, "u26", kNone, "octopus-deploy-api-key"},
    {"pat.", "harness-token", kInfrastructure, "x22'.'h24'.'a20", kNone, "harness-api-key"},
    {"sat.", "harness-token", kInfrastructure, "x22'.'h24'.'a20", kNone, "harness-api-key"},
    {"sdk-", "launchdarkly-sdk-key", kInfrastructure, kUuid},
    {"api-", "launchdarkly-api-key", kInfrastructure, kUuid, kNone, "launchdarkly-access-token"},
    {"tk-us-", "scalingo-token", kInfrastructure, "x48", kNone, "scalingo-api-token"},
    {"ddp_", "deno-deploy-token", kInfrastructure, "a36"},
    {"ddw_", "deno-deploy-token", kInfrastructure, "a36"},
    {"akab-", "akamai-client-token", kInfrastructure, "l16'-'l16"},

    // Machine learning services.
    {"sk-ant-", "anthropic-api-key", kAi, "x80:130", kNone, "anthropic-api-key"},
    {"sk-proj-", "openai-api-key", kAi, "x40:200", kNone, "openai-api-key"},
    {"sk-svcacct-", "openai-api-key", kAi, "x40:200", kNone, "openai-api-key"},
    {"sk-admin-", "openai-api-key", kAi, "x40:200", kNone, "openai-api-key"},
    {"sk-or-v1-", "openrouter-api-key", kAi, "h64"},
    {"sk-lf-", "langfuse-secret-key", kAi, kUuid},
    {"sk-", "openai-api-key", kAi, "a48", kMixed, "openai-api-key"},
    {"sk-", "deepseek-api-key", kAi, "h32"},
    {"hf_", "huggingface-token", kAi, "a34", kNone, "huggingface-access-token"},
    {"api_org_", "huggingface-token", kAi, "a34", kNone, "huggingface-organization-api-token"},
    {"r8_", "replicate-token", kAi, "a37"},
    {"gsk_", "groq-api-key", kAi, "a52"},
    {"pplx-", "perplexity-api-key", kAi, "a48", kNone, "perplexity-api-key"},
    {"xai-", "xai-api-key", kAi, "a80"},
    {"sk_", "elevenlabs-api-key", kAi, "h48"},
    {"tgp_v1_", "together-api-key", kAi, "x43"},
    {"fw_", "fireworks-api-key", kAi, "a22:24", kMixed},
    {"pcsk_", "pinecone-api-key", kAi, "a5:6'_'a50:64"},
    {"nvapi-", "nvidia-api-key", kAi, "x64:72"},
    {"csk-", "cerebras-api-key", kAi, "l48"},
    {"pa-", "voyage-api-key", kAi, "x43", kMixed},
    {"tvly-", "tavily-api-key", kAi, "x32:60", kMixed},
    {"esecret_", "anyscale-key", kAi, "a25:40"},
    {"jina_", "jina-api-key", kAi, "a60"},
    {"lsv2_pt_", "langsmith-api-key", kAi, "h32'_'h10"},
    {"lsv2_sk_", "langsmith-api-key", kAi, "h32'_'h10"},

    // Monitoring.
    {"NRAK-", "newrelic-user-key", kMonitoring, "u27", kNone, "new-relic-user-api-key"},
    {"NRII-", "newrelic-insert-key", kMonitoring, "x32", kNone, "new-relic-insert-key"},
    {"NRRA-", "newrelic-rest-key", kMonitoring, "h42"},
    {"dt0c01.", "dynatrace-token", kMonitoring, "u24'.'u64", kNone, "dynatrace-api-token"},
    {"dt0s01.", "dynatrace-token", kMonitoring, "u8:24'.'u64"},
    {"dt0s16.", "dynatrace-token", kMonitoring, "u8:24'.'u64"},
    {"glsa_", "grafana-token", kMonitoring, "a32'_'H8", kNone, "grafana-service-account-token"},
    {"glc_", "grafana-cloud-token", kMonitoring, "b32:400", kNone, "grafana-cloud-api-token"},
    {"eyJrIjoi", "grafana-api-key", kMonitoring, "b60:400", kNone, "grafana-api-key"},
    {"sntrys_", "sentry-token", kMonitoring, "z60:400", kNone, "sentry-org-token"},
    {"sntryu_", "sentry-token", kMonitoring, "h64", kNone, "sentry-user-token"},
    {"hcaik_", "honeycomb-ingest-key", kMonitoring, "l58"},
    {"hcbik_", "honeycomb-ingest-key", kMonitoring, "l58"},
    {"hcxik_", "honeycomb-ingest-key", kMonitoring, "l58"},
    {"phx_", "posthog-personal-key", kMonitoring, "a43:48"},
    {"xaat-", "axiom-token", kMonitoring, kUuid},
    {"xapt-", "axiom-token", kMonitoring, kUuid},
    {"cu_", "checkly-api-key", kMonitoring, "h32"},
    {"pylf_v1_", "logfire-token", kMonitoring, "x30:80"},

    // Mail and messages by API.
    {"SG.", "sendgrid-api-key", kMessaging, "x22'.'x43", kNone, "sendgrid-api-token"},
    {"key-", "mailgun-api-key", kMessaging, "h32", kNone, "mailgun-private-api-token"},
    {"xkeysib-", "brevo-api-key", kMessaging, "h64'-'a16", kNone, "sendinblue-api-token"},
    {"xsmtpsib-", "brevo-smtp-key", kMessaging, "h64'-'a16"},
    {"re_", "resend-api-key", kMessaging, "a8'_'a24"},
    {"mlsn.", "mailersend-token", kMessaging, "h64"},
    {"SK", "twilio-api-key", kMessaging, "h32", kNone, "twilio-api-key"},
    {"us", "mailchimp-api-key", kMessaging, "d1:2", kNone, "mailchimp-api-key", "h32'-'"},
    {"md-", "mandrill-api-key", kMessaging, "x22", kMixed},
    {"os_v2_app_", "onesignal-api-key", kMessaging, "l100:110"},
    {"dG9rO", "intercom-access-token", kMessaging, "b54:60", kNone, "intercom-api-key"},
    {"pk_", "klaviyo-private-key", kMessaging, "h34"},

    // Chat tokens, and addresses that everyone who knows them may post to.
    {"xoxb-", "slack-token", kChat, "d9:14'-'d9:14'-'a20:34", kNone, "slack-bot-token"},
    {"xoxb-", "slack-token", kChat, "d8:14'-'a18:34", kNone, "slack-legacy-bot-token"},
    {"xoxp-", "slack-token", kChat, "d9:14'-'d9:14'-'d9:14'-'a28:34", kNone, "slack-user-token"},
    {"xoxp-", "slack-token", kChat, "d9:14'-'d9:14'-'a20:34", kNone, "slack-user-token"},
    {"xoxe-", "slack-token", kChat, "d1'-'a140:", kNone, "slack-config-refresh-token"},
    {"xoxe.xoxp-", "slack-token", kChat, "d1'-'b100:", kNone, "slack-config-access-token"},
    {"xoxa-", "slack-token", kChat, "x20:200", kMixed, "slack-legacy-workspace-token"},
    {"xoxr-", "slack-token", kChat, "x20:200", kMixed, "slack-legacy-workspace-token"},
    {"xoxs-", "slack-token", kChat, "d1:14'-'d1:14'-'d1:14'-'h8:64", kNone, "slack-legacy-token"},
    {"xoxo-", "slack-token", kChat, "d1:14'-'d1:14'-'d1:14'-'h8:64", kNone, "slack-legacy-token"},
    {"xoxc-", "slack-token", kChat, "d9:14'-'d9:14'-'d9:14'-'h64"},
    {"xoxd-", "slack-cookie", kChat, "z40:400", kMixed},
    {"xapp-", "slack-app-token", kChat, "d1'-'u9:14'-'d9:14'-'h60:70", kNone, "slack-app-token"},
    {"hooks.slack.com/services/", "slack-webhook", kChat, "'T'u8:12'/B'u8:12'/'a20:28", kNone, "slack-webhook-url"},
    {"hooks.slack.com/workflows/", "slack-webhook", kChat, "'T'u8:12'/A'u8:12'/'d17:20'/'a20:28", kNone, "slack-webhook-url"},
    {"hooks.slack.com/triggers/", "slack-webhook", kChat, "'T'u8:12'/'d10:16'/'h30:40", kNone, "slack-webhook-url"},
    {"discord.com/api/webhooks/", "discord-webhook", kChat, "d17:20'/'x60:70"},
    {"discordapp.com/api/webhooks/", "discord-webhook", kChat, "d17:20'/'x60:70"},
    {"webhook.office.com/webhookb2/", "teams-webhook", kChat, "z100:400", kNone, "microsoft-teams-webhook"},
    {"outlook.office.com/webhook/", "teams-webhook", kChat, "z100:400", kNone, "microsoft-teams-webhook"},
    {"chat.googleapis.com/v1/spaces/", "google-chat-webhook", kChat, "z80:400", kMixed},
    {"hooks.zapier.com/hooks/catch/", "zapier-webhook", kChat, "d4:12'/'a5:10"},
    {"AA", "telegram-bot-token", kChat, "x33", kMixed, "telegram-bot-api-token", "d8:10':'"},

    // Payment and commerce.
    {"sk_live_", "stripe-secret-key", kPayment, "a24:120", kNone, "stripe-access-token"},
    {"rk_live_", "stripe-restricted-key", kPayment, "a24:120", kNone, "stripe-access-token"},
    {"sk_test_", "stripe-test-key", kPayment, "a24:120", kNone, "stripe-access-token"},
    {"rk_test_", "stripe-test-key", kPayment, "a24:120", kNone, "stripe-access-token"},
    {"sk_org_live_", "stripe-organization-key", kPayment, "a24:120"},
    {"whsec_", "stripe-webhook-secret", kPayment, "b32:80"},
    {"EAAA", "square-access-token", kPayment, "x60", kMixed, "square-access-token"},
    {"sq0atp-", "square-access-token", kPayment, "x22", kNone, "square-access-token"},
    {"sq0csp-", "square-client-secret", kPayment, "x43"},
    {"access_token$production$", "braintree-access-token", kPayment, "l16'$'h32"},
    {"access_token$sandbox$", "braintree-access-token", kPayment, "l16'$'h32"},
    {"shpat_", "shopify-token", kPayment, "H32", kNone, "shopify-access-token"},
    {"shpca_", "shopify-token", kPayment, "H32", kNone, "shopify-custom-access-token"},
    {"shppa_", "shopify-token", kPayment, "H32", kNone, "shopify-private-app-access-token"},
    {"shpss_", "shopify-shared-secret", kPayment, "H32", kNone, "shopify-shared-secret"},
    {"rzp_live_", "razorpay-key", kPayment, "a14"},
    {"FLWSECK-", "flutterwave-secret-key", kPayment, "l32'-X'", kNone, "flutterwave-secret-key"},
    {"FLWSECK_TEST-", "flutterwave-secret-key", kPayment, "l12:32", kNone, "flutterwave-secret-key"},
    {"APP_USR-", "mercadopago-token", kPayment, "d16'-'d6'-'h32'-'d7:10"},
    {"access-sandbox-", "plaid-access-token", kPayment, kUuid, kNone, "plaid-api-token"},
    {"access-development-", "plaid-access-token", kPayment, kUuid, kNone, "plaid-api-token"},
    {"access-production-", "plaid-access-token", kPayment, kUuid, kNone, "plaid-api-token"},
    {"EZAK", "easypost-key", kPayment, "a54", kNone, "easypost-api-token"},
    {"EZTK", "easypost-key", kPayment, "a54", kNone, "easypost-test-api-token"},
    {"live_", "lob-api-key", kPayment, "h35", kNone, "lob-api-key"},
    {"live_", "gocardless-token", kPayment, "x40", kMixed, "gocardless-api-token"},
    {"shippo_live_", "shippo-token", kPayment, "h40", kNone, "shippo-api-token"},
    {"shippo_test_", "shippo-token", kPayment, "h40", kNone, "shippo-api-token"},
    {"duffel_live_", "duffel-token", kPayment, "x43", kNone, "duffel-api-token"},
    {"duffel_test_", "duffel-token", kPayment, "x43", kNone, "duffel-api-token"},
    {"pdl_live_apikey_", "paddle-api-key", kPayment, "l26'_'a22'_'a3"},
    {"klarna_live_api_", "klarna-api-key", kPayment, "z40:"},

    // Other services.
    {"ATATT3xFfG", "atlassian-api-token", kService, "z150:260", kNone, "atlassian-api-token"},
    {"ATTA", "trello-token", kService, "a72"},
    {"pat", "airtable-token", kService, "a14'.'h64", kNone, "airtable-personnal-access-token"},
    {"s-s4t2ud-", "intra42-client-secret", kService, "h64", kNone, "intra42-client-secret"},
    {"s-s4t2af-", "intra42-client-secret", kService, "h64", kNone, "intra42-client-secret"},
    {"ntn_", "notion-token", kService, "d11a35", kNone, "notion-api-token"},
    {"secret_", "notion-token", kService, "a43", kMixed, "notion-api-token"},
    {"lin_api_", "linear-api-key", kService, "a40", kNone, "linear-api-key"},
    {"lin_oauth_", "linear-oauth-token", kService, "h64"},
    {"figd_", "figma-token", kService, "x40:60"},
    {"CFPAT-", "contentful-token", kService, "x43"},
    {"PMAK-", "postman-key", kService, "h24'-'h34", kNone, "postman-api-token"},
    {"sl.", "dropbox-token", kService, "y130:2000", kMixed, "dropbox-short-lived-api-token"},
    {"rdme_", "readme-token", kService, "l70", kNone, "readme-api-token"},
    {"tfp_", "typeform-token", kService, "y59", kNone, "typeform-api-token"},
    {"pat-na1-", "hubspot-token", kService, kUuid, kNone, "hubspot-api-key"},
    {"pat-eu1-", "hubspot-token", kService, kUuid, kNone, "hubspot-api-key"},
    {"sk.eyJ", "mapbox-secret-token", kService, "x40:'.'x20:30", kNone, "mapbox-api-token"},
    {"fio-u-", "frameio-token", kService, "x64", kNone, "frameio-api-token"},
    {"aio_", "adafruit-key", kService, "a28", kNone, "adafruit-api-key"},
    {"p8e-", "adobe-client-secret", kService, "H32", kNone, "adobe-client-secret"},
    {"sm_pat_", "settlemint-token", kService, "a16", kNone, "settlemint-personal-access-token"},
    {"sm_aat_", "settlemint-token", kService, "a16", kNone, "settlemint-application-access-token"},
    {"sm_sat_", "settlemint-token", kService, "a16", kNone, "settlemint-service-access-token"},
    {"apify_api_", "apify-token", kService, "a36"},
    {"vtwn_", "val-town-token", kService, "a30:60"},
    {"WPL_AP1.", "linkedin-client-secret", kService, "y20:60"},
    {"EAA", "facebook-token", kService, "a90:400", kMixed, "facebook-page-access-token"},
    {"IGQ", "instagram-token", kService, "x90:300", kMixed},
    {"persona_production_", "persona-api-key", kService, "x30:80"},
    {"persona_sandbox_", "persona-api-key", kService, "x30:80"},
    {"retool_", "retool-token", kService, "a26:40"},
    {"dub_", "dub-api-key", kService, "a24", kMixed},
    {"pk_", "clickup-token", kService, "d6:10'_'u32", kNone, "clickup-personal-api-token"},
    {"1/", "asana-token", kService, "d15:17':'h32"},
    {"secret-", "statsig-server-secret", kService, "a43:45", kMixed},
    {"waka_", "wakatime-key", kService, kUuid},

    // Keys.
    {"BEGIN ", "private-key", kPrivateKey, "", kPem, "private-key"},
    {"PuTTY-User-Key-File-", "private-key", kPrivateKey, "d1", kPutty},
    {"AGE-SECRET-KEY-1", "age-private-key", kPrivateKey, "u58", kNone, "age-secret-key"},
    {"MIIEowIBAAKCAQEA", "private-key", kPrivateKey, "b400:", kDer},
    {"MIIEpAIBAAKCAQEA", "private-key", kPrivateKey, "b400:", kDer},
    {"MIIEogIBAAKCAQEA", "private-key", kPrivateKey, "b400:", kDer},
    {"MIIEpQIBAAKCAQEA", "private-key", kPrivateKey, "b400:", kDer},
    {"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "private-key", kPrivateKey, "b400:", kDer},
    {"MIIEvgIBADANBgkqhkiG9w0BAQEFAASC", "private-key", kPrivateKey, "b400:", kDer},
    {"MIIEvAIBADANBgkqhkiG9w0BAQEFAASC", "private-key", kPrivateKey, "b400:", kDer},
    {"MIIJKQIBAAKCAgEA", "private-key", kPrivateKey, "b400:", kDer},
    {"MIIJKAIBAAKCAgEA", "private-key", kPrivateKey, "b400:", kDer},
    {"b3BlbnNzaC1rZXktdjE", "private-key", kPrivateKey, "b200:", kNone},
    {"eyJ", "json-web-token", kWebToken, "x14:'.'x8:'.'x10:", kJwt, "jwt"},
};

// The first row whose words and shape fit counts.
constexpr TokenFormat kSlots[] = {
    {"secret_access_key|aws_secret|secretaccesskey|aws_session", "aws-secret-access-key", kCloud, "b40", kMixed},
    {"azure|arm_client|client_secret", "azure-client-secret", kCloud, "z3d1'Q~'z31:34"},
    {"account_key|storage_key|storage_access_key|primary_access_key", "azure-storage-account-key", kCloud, "b88", kKey64},
    {"azdo|azure_devops|azure_pat|system_accesstoken", "azure-devops-token", kVersionControl, "l52"},
    {"heroku", "heroku-api-key", kCloud, kUuid, kNone, "heroku-api-key"},
    {"cloudflare|cf_api", "cloudflare-api-token", kCloud, "x40", kNone, "cloudflare-api-key"},
    {"cloudflare|cf_api", "cloudflare-api-key", kCloud, "h37", kNone, "cloudflare-global-api-key"},
    {"fastly", "fastly-api-token", kCloud, "x32", kNone, "fastly-api-token"},
    {"linode", "linode-token", kCloud, "h64"},
    {"vultr", "vultr-api-key", kCloud, "u36"},
    {"hcloud|hetzner", "hetzner-token", kCloud, "a64"},
    {"github|gh_", "github-token", kVersionControl, "h40"},
    {"gitlab", "gitlab-token", kVersionControl, "x20", kMixed, "gitlab-pat"},
    {"gitea|forgejo|codeberg", "gitea-token", kVersionControl, "h40"},
    {"bitbucket", "bitbucket-client-secret", kVersionControl, "x32:64", kMixed, "bitbucket-client-secret"},
    {"dockerhub|docker_hub|docker_", "docker-token", kRegistry, kUuid},
    {"authtoken", "npm-token", kRegistry, kUuid, kNone, "npm-access-token"},
    {"vault", "vault-token", kInfrastructure, "'s.'a24", kNone, "vault-service-token"},
    {"consul|nomad", "hashicorp-acl-token", kInfrastructure, kUuid},
    {"kubeadm|bootstrap", "kubernetes-bootstrap-token", kInfrastructure, "l6'.'l16"},
    {"jenkins", "jenkins-token", kInfrastructure, "'11'h32"},
    {"circle", "circleci-token", kInfrastructure, "h40"},
    {"travis", "travis-token", kInfrastructure, "x22", kMixed, "travisci-access-token"},
    {"snyk", "snyk-token", kInfrastructure, kUuid, kNone, "snyk-api-token"},
    {"codecov", "codecov-token", kInfrastructure, kUuid, kNone, "codecov-access-token"},
    {"sonar", "sonarqube-token", kInfrastructure, "h40", kNone, "sonar-api-token"},
    {"ngrok", "ngrok-token", kInfrastructure, "w40:60", kMixed},
    {"cohere", "cohere-api-key", kAi, "a40", kMixed, "cohere-api-token"},
    {"mistral", "mistral-api-key", kAi, "a32", kMixed},
    {"wandb", "wandb-api-key", kAi, "h40"},
    {"kaggle", "kaggle-api-key", kAi, "h32"},
    {"new_relic|newrelic|license_key", "newrelic-license-key", kMonitoring, "h36'NRAL'"},
    {"datadog|dd_", "datadog-api-key", kMonitoring, "h32", kNone, "datadog-access-token"},
    {"datadog|dd_", "datadog-app-key", kMonitoring, "h40", kNone, "datadog-access-token"},
    {"pagerduty|pager_duty", "pagerduty-key", kMonitoring, "x20", kMixed},
    {"pagerduty|pager_duty", "pagerduty-integration-key", kMonitoring, "h32"},
    {"opsgenie", "opsgenie-api-key", kMonitoring, kUuid},
    {"rollbar", "rollbar-token", kMonitoring, "h32"},
    {"sumo", "sumologic-access-key", kMonitoring, "a64", kNone, "sumologic-access-token"},
    {"splunk", "splunk-hec-token", kMonitoring, kUuid},
    {"logz", "logzio-token", kMonitoring, "a32", kMixed},
    {"sentry", "sentry-token", kMonitoring, "h64", kNone, "sentry-access-token"},
    {"grafana", "grafana-token", kMonitoring, "b60:400"},
    {"twilio", "twilio-auth-token", kMessaging, "h32"},
    {"postmark", "postmark-server-token", kMessaging, kUuid},
    {"mailjet", "mailjet-key", kMessaging, "h32"},
    {"mailgun", "mailgun-signing-key", kMessaging, "h32'-'h8'-'h8", kNone, "mailgun-signing-key"},
    {"discord", "discord-bot-token", kChat, "x23:28'.'x6'.'x27:40", kNone, "discord-api-token"},
    {"mattermost", "mattermost-token", kChat, "l26", kNone, "mattermost-access-token"},
    {"paypal", "paypal-client-secret", kPayment, "x80", kMixed},
    {"braintree", "braintree-private-key", kPayment, "h32"},
    {"adyen", "adyen-api-key", kPayment, "z60:400", kMixed},
    {"coinbase", "coinbase-api-key", kPayment, "x32:64", kMixed, "coinbase-access-token"},
    {"okta", "okta-api-token", kService, "'00'x40", kNone, "okta-access-token"},
    {"auth0", "auth0-client-secret", kService, "x64", kMixed},
    {"algolia", "algolia-api-key", kService, "h32", kNone, "algolia-api-key"},
    {"zendesk", "zendesk-token", kService, "a40", kMixed, "zendesk-secret-key"},
    {"asana", "asana-token", kService, "h32", kNone, "asana-client-secret"},
    {"spotify", "spotify-client-secret", kService, "h32"},
    {"twitter", "twitter-token", kService, "a35:50", kMixed, "twitter-api-secret"},
    {"facebook|fb_app", "facebook-app-secret", kService, "h32", kNone, "facebook-secret"},
    {"shodan", "shodan-api-key", kService, "a32", kMixed},
    {"virustotal|vt_api", "virustotal-api-key", kService, "h64"},
    {"infura", "infura-key", kService, "h32", kNone, "infura-api-key"},
    {"etherscan", "etherscan-api-key", kService, "u34"},
    {"rapidapi", "rapidapi-key", kService, "a50", kMixed, "rapidapi-access-token"},
    {"maxmind", "maxmind-license-key", kService, "a6'_'a29'_mmk'", kNone, "maxmind-license-key"},
};

}  // namespace

const std::array<uint16_t, 256> kClassBits = make_bits();

std::span<const TokenFormat> token_formats() { return kTokens; }
std::span<const TokenFormat> slot_formats() { return kSlots; }

std::string_view category_name(Category category) {
  static constexpr std::string_view kNames[] = {
      "cloud", "version-control", "registry", "infrastructure", "ai", "monitoring", "messaging", "chat",
      "payment", "service", "private-key", "web-token", "url-password", "generic", "custom"};
  return kNames[static_cast<size_t>(category)];
}

namespace {
const TokenFormat* find_kind(std::string_view kind) {
  for (const TokenFormat& format : kTokens) {
    if (format.kind == kind) return &format;
  }
  for (const TokenFormat& format : kSlots) {
    if (format.kind == kind) return &format;
  }
  return nullptr;
}
}  // namespace

Category category_of(std::string_view kind) {
  const TokenFormat* format = find_kind(kind);
  if (format != nullptr) return format->category;
  return kind == "password-in-url" ? kUrlPassword : kGeneric;
}

std::string_view peer_name(std::string_view kind) {
  const TokenFormat* format = find_kind(kind);
  return format != nullptr && !format->peer.empty() ? format->peer : "generic-api-key";
}

bool next_part(std::string_view& shape, ShapePart& out) {
  if (shape.empty()) return false;
  if (shape[0] == '\'') {
    size_t close = shape.find('\'', 1);
    out = {0, shape.substr(1, close - 1), 0, 0};
    shape.remove_prefix(close + 1);
    return true;
  }
  out = {class_bit(shape[0]), {}, 0, 0};
  shape.remove_prefix(1);
  auto number = [&] {
    size_t value = 0;
    while (!shape.empty() && shape[0] >= '0' && shape[0] <= '9') {
      value = value * 10 + static_cast<size_t>(shape[0] - '0');
      shape.remove_prefix(1);
    }
    return value;
  };
  out.least = out.most = number();
  if (!shape.empty() && shape[0] == ':') {
    shape.remove_prefix(1);
    bool open = shape.empty() || shape[0] < '0' || shape[0] > '9';
    out.most = open ? SIZE_MAX : number();
  }
  return true;
}

std::optional<size_t> match_shape(std::string_view shape, std::string_view text, size_t at) {
  ShapePart part;
  uint16_t last = 0;
  while (next_part(shape, part)) {
    last = part.bits;
    if (part.bits == 0) {
      if (text.substr(at, part.literal.size()) != part.literal) return std::nullopt;
      at += part.literal.size();
      continue;
    }
    // Between two classes the first takes exactly its count.
    bool class_follows = !shape.empty() && shape[0] != '\'';
    size_t most = class_follows ? part.least : part.most;
    size_t end = at;
    while (end < text.size() && end - at < most && in_class(text[end], part.bits)) ++end;
    if (end - at < part.least) return std::nullopt;
    at = end;
  }
  // A token that goes on is another token.
  if (last != 0 && at < text.size() && in_class(text[at], static_cast<uint16_t>(last | class_bit('w')))) {
    bool only_padding = text[at] == '=';
    if (!only_padding) return std::nullopt;
  }
  return at;
}

std::optional<size_t> match_shape_before(std::string_view shape, std::string_view text, size_t end) {
  // Parts from the last to the first; few have more than two.
  ShapePart parts[8];
  size_t count = 0;
  while (count < std::size(parts) && next_part(shape, parts[count])) ++count;
  size_t at = end;
  for (size_t i = count; i-- > 0;) {
    const ShapePart& part = parts[i];
    if (part.bits == 0) {
      if (at < part.literal.size() || text.substr(at - part.literal.size(), part.literal.size()) != part.literal) {
        return std::nullopt;
      }
      at -= part.literal.size();
      continue;
    }
    size_t begin = at;
    while (begin > 0 && at - begin < part.most && in_class(text[begin - 1], part.bits)) --begin;
    if (at - begin < part.least) return std::nullopt;
    at = begin;
  }
  if (at > 0 && in_class(text[at - 1], class_bit('w'))) return std::nullopt;
  return at;
}

}  // namespace assay::rules::secrets
