# Puts what backup.sh left in $FOLDER into the bucket, a mark last, which tells that the folder is whole; then removes what is
# older than $KEEP_DAYS there.
export RCLONE_CONFIG_STORE_ENV_AUTH=true
for folder in "$FOLDER"/*Z; do
  name=$(basename "$folder")
  rclone copy "$folder" "store:$PLACE/$name"
  rclone check "$folder" "store:$PLACE/$name"
  echo "$name" | rclone rcat "store:$PLACE/$name/whole"
  echo "$name is in the bucket"
done
rclone delete --min-age "${KEEP_DAYS}d" --include '/*Z/*' "store:$PLACE"
