# Embeds the generated table of provider facts into assay_formats as it is (see
# parsers/formats/terraform/schema/README.md); it is read in place.
enable_language(ASM)
set(facts_blob ${CMAKE_SOURCE_DIR}/parsers/formats/terraform/schema/provider_facts.bin)
set(facts_stub ${CMAKE_BINARY_DIR}/generated/provider_facts.S)
file(CONFIGURE OUTPUT ${facts_stub} CONTENT
"    .section .rodata
    .balign 8
    .globl assay_provider_facts_begin
assay_provider_facts_begin:
    .incbin \"@facts_blob@\"
    .globl assay_provider_facts_end
assay_provider_facts_end:
    .byte 0
    .section .note.GNU-stack,\"\",%progbits
" @ONLY)
set_source_files_properties(${facts_stub} PROPERTIES OBJECT_DEPENDS ${facts_blob})
target_sources(assay_formats PRIVATE ${facts_stub})
