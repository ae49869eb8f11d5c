# Embeds the generated catalogue of IAM actions into assay_detect as it is (rules/identity/catalogue/generate.py); it is
# read in place.
assay_embed(iam_catalogue_stub assay_iam_catalogue ${CMAKE_SOURCE_DIR}/rules/identity/catalogue/iam_catalogue.bin)
target_sources(assay_detect PRIVATE ${iam_catalogue_stub})
