# assay_embed(STUB NAME BLOB...): an assembler file that puts the BLOBs, one behind the other, into the binary between the
# symbols NAME_begin and NAME_end (a C array of that size would take the compiler seconds). STUB names the variable that
# gets its path.
enable_language(ASM)
function(assay_embed stub name)
  list(TRANSFORM ARGN REPLACE "(.+)" "    .incbin \"\\1\"" OUTPUT_VARIABLE lines)
  list(JOIN lines "\n" lines)
  set(file ${CMAKE_BINARY_DIR}/generated/${name}.S)
  file(CONFIGURE OUTPUT ${file} CONTENT
"    .section .rodata
    .balign 8
    .globl @name@_begin
@name@_begin:
@lines@
    .globl @name@_end
@name@_end:
    .byte 0
    .section .note.GNU-stack,\"\",%progbits
" @ONLY)
  set_source_files_properties(${file} PROPERTIES OBJECT_DEPENDS "${ARGN}")
  set(${stub} ${file} PARENT_SCOPE)
endfunction()
