/* paper.h: what the office prints: the work order (维修工单), the receipt, the sheet of codes for claiming a home, labels for places and things, and QR codes.
 *
 * PDF, A4 (receipts also 80 mm), black on white, "Noto Sans CJK SC" (Debian: fonts-noto-cjk) embedded as a subset, so that text can be
 * searched and copied. Callers hand over words ready to print (states, categories, times, masked phones); nothing is
 * looked up here. An empty Str prints as room to write by hand. A work order takes about 70 ms, twice that the first
 * time in a thread, and 180 kB: not for the writer's thread. */
#ifndef ANJU_KERNEL_PAPER_H
#define ANJU_KERNEL_PAPER_H

#include "base/error.h"
#include "base/time.h"

/* Where a PDF goes, piece by piece. False stops the printing with ERR_UNAVAILABLE. */
typedef bool PaperWrite(void *self, Str bytes);
typedef struct {
    PaperWrite *write;
    void *self;
} PaperSink;

PaperSink paper_to_buf(Buf *buf); /* stops when the Buf is full */
PaperSink paper_to_fd(int fd);    /* the descriptor stays the caller's */

/* One line of materials and labour. Amounts in fen. */
typedef struct {
    Str name, unit;
    Str quantity; /* as it is to be read: 2, 1.5 */
    int64_t price_fen, amount_fen;
} OrderLine;

/* 维修工单. All words in the order's language. */
typedef struct {
    Lang lang;
    Str org, project, no;
    Str state, urgency, category, payer;
    bool is_urgent;  /* shows the urgency white on black */
    bool is_reprint; /* 补打 */
    Str place;       /* house or public place */
    Str reporter, phone;
    Str reported_at, appointment;
    Str respond_by, arrive_by, finish_by; /* the promise */
    Str arrived_at, finished_at;
    Str engineer;
    Str title, description;
    Str cause, solution;
    const OrderLine *lines;
    int line_count;
    bool has_total; /* else the total is left to be written by hand */
    int64_t total_fen;
    Str signature; /* the customer's, as the bytes of a JPEG, PNG or WebP */
    Str note;      /* a sentence at the foot: warranty, hotline */
    Str qr_url;    /* empty: no QR code */
    Instant printed_at;
    int zone_min;
} WorkOrder;

/* Prints a work order; long texts flow onto further pages. ERR_UNAVAILABLE: the font is missing, or the sink stopped.
 * ERR_STATE_OF_WORLD: the libraries for it are missing.
 * ERR_TOO_LARGE: more than 50 pages, a text of more than 20,000 bytes, a qr_url of more than 2,000 bytes. Errors of
 * image_pixels for the signature. */
MUST const Error *paper_work_order(Arena *arena, const WorkOrder *order, PaperSink sink);

/* A label to be cut out: a QR code, and beside and below it what it is. Longer texts are set smaller; beyond 80 characters they are cut. */
typedef struct {
    Str head;          /* small: the project */
    Str title;         /* large */
    Str caption, strong, line;
    Str below, below_small;
    Str url;           /* what the QR code opens */
} Label;
typedef struct {
    Str org, project;
    Str title;         /* of the document */
    Str foot;          /* at the foot of each page: what to do with it */
    Instant printed_at;
    int zone_min;
} LabelSheet;

/* Gives the next label, or false when there are no more. The label's text must last until the next call. */
typedef bool LabelNext(void *self, Label *label);

/* Prints labels to cut, ten on a page. The arena's use does not grow with the count of labels, so that a whole project can be streamed to a file.
 * Errors as paper_work_order, without a limit of pages. */
MUST const Error *paper_label_sheet(Arena *arena, const LabelSheet *sheet, LabelNext *next, void *self, PaperSink sink);

/* What all claim labels of a sheet share. */
typedef struct {
    Str org, project;
    Str valid_until; /* a day as it is to be read; empty: not said */
    Instant printed_at;
    int zone_min;
} ClaimSheet;

/* One home's label. */
typedef struct {
    Str house; /* 3-2-1501 */
    Str code;  /* the one-time code; shown in groups of three or four */
    Str url;   /* what the QR code opens */
} ClaimLabel;

/* Gives the next label, or false when there are no more. The label's text must last until the next call. */
typedef bool ClaimNext(void *self, ClaimLabel *label);

/* The same for claims, in Chinese and English. */
MUST const Error *paper_claim_sheet(Arena *arena, const ClaimSheet *sheet, ClaimNext *next, void *self, PaperSink sink);

/* 铭牌: a label that is stuck on a place or a thing and scanned there. */
typedef struct {
    Str name;   /* what it is called */
    Str detail; /* a second line; empty: none */
    Str code;   /* what is typed when the QR code cannot be scanned; empty: nothing */
    Str qr;     /* the text of the QR code */
} Plate;
typedef struct {
    Lang lang;
    Str org, project;
    Str title, ask; /* of the document, and the sentence on each label */
    const Plate *plates;
    int count;
    Instant printed_at;
    int zone_min;
} PlateSheet;

/* Prints labels to cut, twelve on an A4 page. Errors as paper_work_order, without a limit of pages. */
MUST const Error *paper_plate_sheet(Arena *arena, const PlateSheet *sheet, PaperSink sink);

/* A notice to be put up (张贴的通知). Plain texts; an English one may be empty. */
typedef struct {
    Str org, project, no, phone;
    Str kind, kind_en, title, title_en, text, text_en;
    bool is_urgent;
    Str qr_url;  /* empty: no QR code */
    Instant at;  /* when it was published */
    int zone_min;
} NoticePoster;

/* Prints it; a text that does not fit in large type is set smaller and goes on overleaf. Errors as paper_work_order; ERR_TOO_LARGE
 * for more than 20 pages. */
MUST const Error *paper_notice(Arena *arena, const NoticePoster *poster, PaperSink sink);

/* 收据, for a till roll of 80 mm (one sheet, as long as it must be) or on A4. All words in the receipt's language. */
typedef struct {
    Str title; /* of a charge, with its months; with its home when there are several */
    int64_t amount_fen;
} ReceiptLine;
typedef struct {
    Lang lang;
    bool is_roll;
    bool is_reprint, is_void; /* 补打, 作废 */
    Str org, project, no, house, payer, method, reference, cashier;
    const ReceiptLine *lines;
    int line_count;
    int64_t total_fen;
    int64_t given_fen, change_fen; /* cash; 0: not said */
    int64_t refunded_fen;          /* 0: nothing was given back */
    Instant received_at, printed_at;
    int zone_min;
} ReceiptPaper;

/* Prints it, the total in figures and in the words of Chinese receipts. Errors as paper_work_order. */
MUST const Error *paper_receipt(Arena *arena, const ReceiptPaper *receipt, PaperSink sink);

/* 催缴函, 律师函: what a household owes, item by item, until when and how it can be paid, and what to do who disputes it or cannot. Nothing is threatened but the
 * law's own way. A lawyer's letter leaves room for the office's name, the lawyer's and the seal. */
typedef struct {
    Str title;
    Date due;
    int64_t amount_fen, open_fen, late_fen;
} DemandLine;
typedef struct {
    Lang lang;
    bool by_lawyer;
    Str org, project, no, house, payer;
    Str address, phone, pay_how; /* of the office; how to pay, in the company's words; each may be empty */
    Str qr_url;                  /* the bill on the phone; empty: none */
    const DemandLine *lines;
    int line_count;
    Date on, deadline;
    Instant printed_at;
    int zone_min;
} DemandPaper;

/* Prints it. Errors as paper_work_order; ERR_TOO_LARGE for more than 20 pages. */
MUST const Error *paper_demand(Arena *arena, const DemandPaper *demand, PaperSink sink);

/* A QR code with its quiet zone: as a PNG of 1 bit a pixel, `module_px` (1..40) pixels for each module; or as SVG, one
 * unit for each module. *out lives in the arena. ERR_TOO_LARGE: a text that is empty or has more than 2,000 bytes. */
MUST const Error *paper_qr_png(Arena *arena, Str text, int module_px, Str *out);
MUST const Error *paper_qr_svg(Arena *arena, Str text, Str *out);

/* An amount as it is printed: 1,234.50; and in the words of Chinese receipts (人民币大写): 壹仟贰佰叁拾肆元伍角整.
 * Words need |fen| < 10^14 (a trillion yuan); beyond, they are empty. */
Str paper_amount(Arena *arena, int64_t fen);
Str paper_amount_words(Arena *arena, int64_t fen);

#endif
