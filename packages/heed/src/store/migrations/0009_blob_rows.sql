-- A packed candidate set fits a page, and is of numbers that do not compress: it stays in its row, and nobody tries.
alter table heed.blob set (toast_tuple_target = 8160);
