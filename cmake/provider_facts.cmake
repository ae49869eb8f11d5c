# Embeds the generated table of provider facts into assay_formats as it is (see
# parsers/formats/terraform/schema/README.md); it is read in place.
assay_embed(facts_stub assay_provider_facts ${CMAKE_SOURCE_DIR}/parsers/formats/terraform/schema/provider_facts.bin)
target_sources(assay_formats PRIVATE ${facts_stub})
