/* The page of report_page/, with places for what a campaign fills in. */
    .section .rodata.report_page, "a"
    .globl glacis_report_page
    .globl glacis_report_page_end
glacis_report_page:
    .incbin GLACIS_REPORT_PAGE_PATH
glacis_report_page_end:
    .section .note.GNU-stack, "", %progbits
