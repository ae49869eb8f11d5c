# The built-in rules: assay_pack checks every rule file and writes one blob, which an assembler
# stub embeds (a C array of that size would take the compiler seconds).
add_executable(assay_pack analyzer/pack/pack_main.cc)
target_link_libraries(assay_pack PRIVATE assay_lang)

option(ASSAY_LENIENT_PACKS "Leave broken rule files out instead of failing the build" OFF)
if(ASSAY_LENIENT_PACKS)
  set(pack_flags --keep-going)
endif()
file(GLOB_RECURSE rule_files CONFIGURE_DEPENDS rules/packs/*.md)
set(pack_blob ${CMAKE_BINARY_DIR}/generated/builtin.pack)
add_custom_command(
  OUTPUT ${pack_blob}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated
  COMMAND assay_pack ${pack_flags} ${pack_blob} ${CMAKE_SOURCE_DIR}/rules/packs
  DEPENDS assay_pack ${rule_files}
  COMMENT "Checking and packing the built-in rules")

enable_language(ASM)
set(pack_stub ${CMAKE_BINARY_DIR}/generated/builtin_pack.S)
file(CONFIGURE OUTPUT ${pack_stub} CONTENT
"    .section .rodata
    .balign 8
    .globl assay_pack_begin
assay_pack_begin:
    .incbin \"@pack_blob@\"
    .globl assay_pack_end
assay_pack_end:
    .byte 0
    .section .note.GNU-stack,\"\",%progbits
" @ONLY)
set_source_files_properties(${pack_stub} PROPERTIES OBJECT_DEPENDS ${pack_blob})
add_library(assay_packs OBJECT ${pack_stub})
set(ASSAY_PACKS $<TARGET_OBJECTS:assay_packs>)
