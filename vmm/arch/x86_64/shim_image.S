/* The shim, as linked by guest/shim. */
    .section .rodata.shim_image, "a"
    .globl glacis_shim_image
    .globl glacis_shim_image_end
    .balign 16
glacis_shim_image:
    .incbin GLACIS_SHIM_IMAGE_PATH
glacis_shim_image_end:
    .section .note.GNU-stack, "", @progbits
