// What looks like a secret and is none. Each line has been a false alarm of some scanner, or could be.
#include <gtest/gtest.h>

#include "rules/secrets/detector.h"

namespace assay::rules::secrets {
namespace {

struct Case {
  Syntax syntax;
  std::string_view text;
};

std::string kinds(const Case& one) {
  std::vector<Match> found;
  find_all(one.text, {.syntax = one.syntax, .whole_file = true}, found);
  std::string out;
  for (const Match& match : found) out += std::string(match.kind) + " at '" + std::string(one.text.substr(match.begin, match.end - match.begin)) + "' ";
  return out;
}

// What WordPress and other programs in PHP are configured with.
TEST(NegativesTest, ConstantsOfPhp) {
  EXPECT_EQ(kinds({Syntax::kPlain, "define('DB_PASSWORD', '9hTq-47xWzKe');"}), "secret-value at '9hTq-47xWzKe' ");
  EXPECT_EQ(kinds({Syntax::kQuoted, "define( \"DB_PASSWORD\" , \"9hTq-47xWzKe\" );"}), "secret-value at '9hTq-47xWzKe' ");
  EXPECT_EQ(kinds({Syntax::kPlain, "define('DB_PASSWORD', '');"}), "");
  EXPECT_EQ(kinds({Syntax::kPlain, "define('DB_PASSWORD', getenv('DB_PASSWORD'));"}), "");
  EXPECT_EQ(kinds({Syntax::kPlain, "define('DB_NAME', '9hTq-47xWzKe');"}), "");
  EXPECT_EQ(kinds({Syntax::kPlain, "define('DB_PASSWORD'"}), "");
}

TEST(NegativesTest, UsersOfCurl) {
  EXPECT_EQ(kinds({Syntax::kPlain, "curl -u elastic:9hTq-47xWzKe https://es"}), "secret-value at '9hTq-47xWzKe' ");
  EXPECT_EQ(kinds({Syntax::kPlain, "curl -s --user 'api:9hTq-47xWzKe' https://es"}), "secret-value at '9hTq-47xWzKe' ");
  EXPECT_EQ(kinds({Syntax::kPlain, "curl --user=api:9hTq-47xWzKe https://es"}), "secret-value at '9hTq-47xWzKe' ");
  EXPECT_EQ(kinds({Syntax::kPlain, "curl -u \"$USER:$PASS\" https://es"}), "");
  EXPECT_EQ(kinds({Syntax::kPlain, "curl -u $USER:$PASS https://es"}), "");
  EXPECT_EQ(kinds({Syntax::kPlain, "curl -u user:password https://es"}), "");
  EXPECT_EQ(kinds({Syntax::kPlain, "curl -u admin https://es"}), "");
  EXPECT_EQ(kinds({Syntax::kPlain, "docker run -u 9hTq:9hTq-47xWzKe image"}), "");
  EXPECT_EQ(kinds({Syntax::kPlain, "curl -u"}), "");
}

TEST(NegativesTest, NamesOfSecretsStandForThem) {
  EXPECT_TRUE(is_placeholder("dynamic_nsg_pass"));
  EXPECT_TRUE(is_placeholder("MasterUserPassword"));
  EXPECT_TRUE(is_placeholder("prod-db-admin-password"));
  EXPECT_FALSE(is_placeholder("correct-horse-battery-staple"));
  EXPECT_FALSE(is_placeholder("Winter_is_the_pass1"));
  EXPECT_FALSE(is_placeholder("hunterpass"));
}

TEST(NegativesTest, AreNoSecrets) {
  constexpr Syntax kQ = Syntax::kQuoted, kY = Syntax::kYaml, kP = Syntax::kPlain, kT = Syntax::kTokens;
  static constexpr Case kCases[] = {
      // Digests, sums, identities.
      {kY, "image: nginx@sha256:8269a7352a7dad1f8b3dc83284f195bac72027dd50279422d363d49311ab7d9b"},
      {kY, "checksum/secret: cdad6e56f2d266f45ecfe771910fef44a4bd7efb962910eb5583b83005c35d57"},
      {kY, "checksum/credentials: cdad6e56f2d266f45ecfe771910fef44a4bd7efb962910eb5583b83005c35d57"},
      {kQ, "commit = \"da39a3ee5e6b4b0d3255bfef95601890afd80709\""},
      {kQ, "md5 = \"d41d8cd98f00b204e9800998ecf8427e\""},
      {kQ, "etag = \"9b74c9897bac770ffc029102a200c5de\""},
      {kQ, "fingerprint = \"SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8\""},
      {kT, "github.com/pkg/errors v0.9.1 h1:FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4="},
      {kT, "  \"h1:2k+UvbYgDhhBJzZJDJfj5ZnOfWyZlQoCLeBLVqWWGbk=\","},
      {kT, "\"integrity\": \"sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ+LFTGHVxVjcXPs17LhbZVGedAJv8XZ1tvj5FvSg==\""},
      {kT, "zh:0d5f5ab6ebb7d24b2a7ba1aab6a3e3ee6cf7ad3ba26ce5ef8fb0e2d0ab7f9d3e"},
      {kQ, "subresource = \"sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC\""},
      {kQ, "id = \"550e8400-e29b-41d4-a716-446655440000\""},
      {kQ, "tenant_id = \"72f988bf-86f1-41af-91ab-2d7cd011db47\""},
      {kQ, "ami = \"ami-0c55b159cbfafe1f0\""},
      {kQ, "subnet_id = \"subnet-0bb1c79de3EXAMPLE\""},
      {kQ, "vpc = \"vpc-0a1b2c3d4e5f67890\""},
      {kQ, "arn = \"arn:aws:iam::123456789012:role/deploy\""},
      {kQ, "secret = \"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf\""},
      {kQ, "kms_key_id = \"1234abcd-12ab-34cd-56ef-1234567890ab\""},
      {kQ, "access_key_id = \"AKIAIOSFODNN7EXAMPLE\""},
      {kQ, "aws_secret_access_key = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\""},
      {kQ, "role_id = \"AROAJQABLZS4A3QDU576Q\""},
      {kQ, "group = \"AGPACKCEVSQ6C2EXAMPLE\""},
      // Public parts of keys, certificates, images.
      {kT, "-----BEGIN CERTIFICATE-----\nMIIDXTCCAkWgAwIBAgIJAKL0UG+mRkSPMA0GCSqGSIb3DQEBCwUAMEUxCzAJBgNV\n-----END CERTIFICATE-----"},
      {kT, "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\n-----END PUBLIC KEY-----"},
      {kT, "-----BEGIN RSA PUBLIC KEY-----\nMIIBCgKCAQEA61BjmfXGEvWmegnBGSuS+rU9soUg2FnODva32D1AqhwdziwHINFa\n-----END"},
      {kT, "-----BEGIN PGP PUBLIC KEY BLOCK-----\nmQENBFzMKGkBCADDs8Wu8Jv1ZBzrQ7YlzWzaxVzSnDkzOMi7eUtQJUkhr3zvFk0X\n-----END"},
      {kT, "-----BEGIN CERTIFICATE REQUEST-----\nMIICijCCAXICAQAwRTELMAkGA1UEBhMCQVUxEzARBgNVBAgMClNvbWUtU3RhdGUx\n-----END"},
      {kT, "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7vbqajDhA9e0GDqM0yd2BpsxZ0e user@host"},
      {kT, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8Zq3n5S0gKqf6c0eDkY1yY6m2cVd3y user@host"},
      {kT, "<img src=\"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==\">"},
      {kQ, "font = \"d09GMgABAAAAAAMYAA0AAAAAB4AAAALCAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP0ZGVE0\""},
      {kY, "caBundle: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSURYVENDQWtXZ0F3SUJBZ0lKQUtMMFVHK21Sa1NQTUEwR0NTcUdTSWIz"},
      {kT, "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----"},
      {kT, "-----BEGIN PRIVATE KEY-----\n<paste your key here>\n-----END PRIVATE KEY-----"},
      {kT, "if (text.startsWith(\"-----BEGIN PRIVATE KEY-----\")) {"},
      {kY, "key: |\n  -----BEGIN RSA PRIVATE KEY-----\n  ${TLS_KEY}\n  -----END RSA PRIVATE KEY-----"},
      // References.
      {kQ, "password = \"${var.password}\""},
      {kQ, "password = var.password"},
      {kQ, "password = random_password.db.result"},
      {kQ, "secret_string = \"${data.aws_ssm_parameter.db.value}\""},
      {kQ, "password = \"%{ if var.x }abc%{ endif }9\""},
      {kY, "password: {{ .Values.db.password | quote }}"},
      {kY, "password: \"{{resolve:secretsmanager:prod/db:SecretString:password}}\""},
      {kY, "MasterUserPassword: !Ref DbPassword"},
      {kY, "MasterUserPassword: !Sub '${DbPassword}'"},
      {kY, "token: !vault |"},
      {kY, "password: ENC[AES256_GCM,data:p673w==,iv:YY=,aad:UQ=,tag:A=,type:str]"},
      {kY, "password: ENC[PKCS7,MIIBeQYJKoZIhvcNAQcDoIIBajCCAWYCAQAxggEhMIIBHQIBADAFMAACAQEwDQYJ]"},
      {kY, "secret: vault:secret/data/app#password"},
      {kY, "token: op://vault/item/field9"},
      {kY, "password: ref+awssecrets://prod/db9"},
      {kY, "apiKey: ssm:/prod/key99"},
      {kY, "clientSecret: $oidc.keycloak.clientSecret"},
      {kY, "password: *default_password1"},
      {kY, "valueFrom:\n  secretKeyRef:\n    name: db-secret-v2\n    key: password"},
      {kY, "secretName: tls-secret-2024-a1b2c3"},
      {kY, "existingSecret: release-postgresql-9f8e7d"},
      {kY, "password_file: /run/secrets/db_password9"},
      {kY, "tokenPath: /var/run/secrets/token1"},
      {kP, "DB_PASSWORD=$DB_PASSWORD_FROM_VAULT"},
      {kP, "DB_PASSWORD=$(aws ssm get-parameter --name /db/password1)"},
      {kP, "DB_PASSWORD=`pass show db9`"},
      {kP, "API_TOKEN=${API_TOKEN:-}"},
      {kP, "PASSWORD=%PASSWORD1%"},
      {kP, "password=@@DB_PASSWORD@@"},
      {kP, "password=__DB_PASSWORD__"},
      {kP, "password=<your-password-9>"},
      {kP, "password=[changeme9]"},
      {kQ, "password = os.environ[\"DB_PASSWORD\"]"},
      {kQ, "token = get_token(\"service-1\")"},
      {kQ, "password := flag.String(\"password\", \"\", \"password of user 1\")"},
      {kQ, "api_key: process.env.API_KEY_V2,"},
      // Placeholders and words.
      {kY, "password: changeme123"},
      {kY, "password: your-password-1"},
      {kY, "password: \"\""},
      {kY, "password: null"},
      {kY, "password: true"},
      {kY, "password: xxxxxxxxxxx1"},
      {kY, "password: ********"},
      {kY, "password: example-password-1"},
      {kY, "password: REPLACE_ME_9"},
      {kY, "password: test1234"},
      {kY, "secret: my-app-secret-2"},
      {kY, "token: access-token-v2"},
      {kY, "secret: kubernetes.io/tls"},
      {kY, "credentials: aws-credentials-prod-1"},
      {kY, "private_key: tls.key"},
      {kY, "token: system:bootstrappers:1"},
      {kQ, "apiKey: \"apiKeyHeaderName\""},
      {kQ, "PASSWORD = \"password_field_1\""},
      {kQ, "\"signingKey\": \"signingKey1024\""},
      {kQ, "TokenType = \"Bearer\""},
      {kQ, "token = \"<|endoftext|>\""},
      {kQ, "access_token = \"https://login.example.com/oauth2/v2.0/token\""},
      {kQ, "password = \"must have 8 characters\""},
      {kQ, "\"password\": \"The password of user 1\""},
      {kQ, "passwordPattern = \"^[A-Z]{8,16}$\""},
      {kQ, "token == \"b7Kq2VxWm4ZtPn7YbJ3cLd9f\""},
      {kQ, "if (password != \"9hTq-47xWzKe\") {"},
      // Numbers of other things.
      {kY, "token_ttl: 3600"},
      {kY, "password_length: 24"},
      {kY, "max_tokens: 1234567890"},
      {kY, "secret_version: 20240101"},
      {kY, "passwordLastChanged: 2024-01-01T00:00:00Z"},
      // Hashes of passwords.
      {kY, "password: $2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW"},
      {kY, "password: $6$rounds=4096$saltsalt$2k9jsdfh3kjsdfhkj3hsdkfjh3ksjdhf3"},
      {kY, "password: '{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3'"},
      {kY, "password: pbkdf2_sha256$260000$Zm9v$9hTq47xWzKe="},
      {kY, "password: SCRAM-SHA-256$4096:salt$stored:server9"},
      // Addresses.
      {kY, "url: https://example.com/path?x=1"},
      {kY, "url: http://host:8080/a@b"},
      {kY, "url: postgres://app:${PASSWORD}@db/app"},
      {kY, "url: postgres://app:$PASSWORD@db/app"},
      {kY, "url: postgres://user:password@db/app"},
      {kY, "url: postgres://postgres:postgres@db/app"},
      {kY, "url: redis://user:9hTq-47xWzKe@localhost:6379"},
      {kY, "url: redis://user:9hTq-47xWzKe@127.0.0.1:6379"},
      {kY, "url: https://{user}:{password}@host1/"},
      {kT, "See https://user:9hTq-47xWzKe@example.com for the form"},
      {kQ, "pattern = \"https?://[^:]+:[^@]+@host\""},
      {kT, "hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"},
      // Prefixes of ordinary words.
      {kT, "sk-learn-based-classification-model-selection-and-metrics"},
      {kT, "key-value-store-with-replication-and-snapshots"},
      {kT, "pat-terns-of-enterprise-application-architecture"},
      {kT, "md-content-container-wrapper-left"},
      {kT, "re_compile_all_the_patterns"},
      {kT, "hf_hub_download(repo_id=model)"},
      {kT, "npm_config_registry_and_other_long_environment_variable"},
      {kT, "live_reload_enabled_for_all_of_the_pages_in_development"},
      {kT, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
      {kT, "AKIAXXXXXXXXXXXXXXXX"},
      {kT, "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
      {kT, "glpat-xxxxxxxxxxxxxxxxxxxx"},
      {kT, "SG.xxxxxxxxxxxxxxxxxxxxxx.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
      {kT, "pk_live_51H8x9yJKd7rTuVwXyZaBcDeFgHiJkLmNoPqRsTuVwXyZ"},
      {kT, "eyJhbGciOiJub25lIn0"},
      {kT, "eyJub3QiOiJhIGhlYWRlciJ9.eyJub3RoaW5nIjoxfQ.c2lnbmF0dXJlLW9mLW5vdGhpbmctYXQtYWxs"},
      {kT, "usr/local/lib/python3/dist-packages/setuptools/command/easy_install"},
  };
  EXPECT_GE(std::size(kCases), 100u);
  for (const Case& one : kCases) EXPECT_EQ(kinds(one), "") << one.text;
}

}  // namespace
}  // namespace assay::rules::secrets
