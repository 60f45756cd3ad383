-- Under which master keys subjects' keys lie is asked at every start: one step per master key, however many subjects there are.
create index subject_key_master on heed.subject_key (master) where master is not null;
