# Brings $BACKUP, else the newest whole folder, from the bucket into $FOLDER.
export RCLONE_CONFIG_STORE_ENV_AUTH=true
if [ -z "$BACKUP" ]; then
  BACKUP=$(rclone lsf --files-only --recursive --include '/*Z/whole' "store:$PLACE" | sort | tail -n 1 | cut -d / -f 1)
fi
if [ -z "$(rclone lsf --files-only --include '/whole' "store:$PLACE/$BACKUP")" ]; then
  echo "There is no whole backup $BACKUP. There are:" >&2
  rclone lsf --files-only --recursive --include '/*Z/whole' "store:$PLACE" >&2
  exit 1
fi
rclone copy --exclude /whole "store:$PLACE/$BACKUP" "$FOLDER/$BACKUP"
